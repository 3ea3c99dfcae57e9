package report

import (
	"time"

	"cordon"
)

// CaseFile holds what papers say of devices against what was seen of them: of one device, or of those
// of a delivery. It accuses nobody.
type CaseFile struct {
	Delivery *CaseDelivery  `json:"delivery,omitempty"` // nil: it is about single devices
	Summary  []string       `json:"summary"`            // what it says in all, in sentences
	Counts   CaseCounts     `json:"counts"`
	Devices  []CaseDevice   `json:"devices"` // those that differ first, then by id
	Unfound  []cordon.Claim `json:"unfound"` // devices of the delivery by the papers, which nobody saw
	Ways     []CaseWay      `json:"ways"`    // through which the evidence came
	Captures []CaseCapture  `json:"captures"`
	Method   Method         `json:"method"`
}

// CaseDelivery is what the owner noted of a delivery.
type CaseDelivery struct {
	No       int64     `json:"no"`
	Supplier string    `json:"supplier"`
	Contact  string    `json:"contact,omitempty"`
	Contract string    `json:"contract,omitempty"`
	At       time.Time `json:"at"`
	Brand    string    `json:"brand,omitempty"`
	Model    string    `json:"model,omitempty"`
	Count    int       `json:"count"`
	Note     string    `json:"note,omitempty"`
}

// CaseCounts is how the devices came out.
type CaseCounts struct {
	Differ    int `json:"differ"`     // the papers say one thing, sufficient evidence another
	Agree     int `json:"agree"`      // sufficient evidence, and it says what the papers say
	NotEnough int `json:"not_enough"` // too little evidence to hold against the papers
	Unclaimed int `json:"unclaimed"`  // sufficient evidence, but the papers name no maker, brand or origin
	Unfound   int `json:"unfound"`
}

// The results of a device, and of one line of its papers.
const (
	Differs   = "differs"
	Agrees    = "agrees"
	NotEnough = "not enough evidence"
	Unclaimed = "not claimed"
)

// CaseDevice is one device.
type CaseDevice struct {
	ID        string         `json:"id"`
	Site      string         `json:"site,omitempty"`
	Class     string         `json:"class,omitempty"`
	MACs      []string       `json:"macs"`
	Addresses []string       `json:"addresses"`
	Names     []string       `json:"names"`
	First     time.Time      `json:"first"` // seen
	Last      time.Time      `json:"last"`
	Claim     *cordon.Claim  `json:"claim,omitempty"` // what the papers say; nil: nothing
	Found     CaseFound      `json:"found"`
	Lines     []CaseLine     `json:"lines"` // papers against what was found
	Result    string         `json:"result"`
	Says      string         `json:"says"` // the result in a sentence
	For       []CaseArgument `json:"for"`
	Against   []CaseArgument `json:"against"`            // counter-evidence: never left out
	LeftOut   int            `json:"left_out,omitempty"` // arguments from memory or one weak source, which count for nothing
}

// CaseFound is whom the evidence names.
type CaseFound struct {
	Badge    string   `json:"badge,omitempty"`   // what it presents itself as
	Maker    string   `json:"maker,omitempty"`   // empty: not established
	Legal    string   `json:"legal,omitempty"`   // the company
	Country  string   `json:"country,omitempty"` // of control, ISO 3166 alpha-2
	Source   string   `json:"source,omitempty"`  // for company and country
	Model    string   `json:"model,omitempty"`
	Firmware string   `json:"firmware,omitempty"`
	Enough   bool     `json:"enough"`           // two kinds of evidence name the maker, one rated high
	Kinds    []string `json:"kinds"`            // of evidence for the maker, without hints
	Settle   string   `json:"settle,omitempty"` // what would be enough
}

// CaseLine is one thing that papers say.
type CaseLine struct {
	What   string `json:"what"` // maker, brand, origin, model
	Said   string `json:"said"`
	Found  string `json:"found,omitempty"`
	Result string `json:"result"` // Differs, Agrees or NotEnough
	Why    string `json:"why,omitempty"`
}

// CaseArgument is one argument for or against the maker, with what it rests on.
type CaseArgument struct {
	Text   string     `json:"text"`
	Kind   string     `json:"kind"`           // of evidence
	Hint   bool       `json:"hint,omitempty"` // it supports, and is no evidence of its own
	Trust  string     `json:"trust,omitempty"`
	Value  string     `json:"value,omitempty"` // what was seen
	Rule   string     `json:"rule,omitempty"`
	Source string     `json:"source,omitempty"` // where the rule comes from
	Facts  []CaseFact `json:"facts"`
	More   int        `json:"more_facts,omitempty"`
}

// CaseFact is one fact as it was heard.
type CaseFact struct {
	Kind   string     `json:"kind"`
	About  cordon.Key `json:"about"`
	Value  string     `json:"value"`
	First  time.Time  `json:"first"`
	Last   time.Time  `json:"last"`
	Count  int        `json:"count"`
	Asked  bool       `json:"asked,omitempty"` // it answered our question; else it was overheard
	Way    string     `json:"way,omitempty"`   // sensor or file
	SHA256 string     `json:"sha256"`          // see factDigest
}

// CaseWay is a way in through which evidence came.
type CaseWay struct {
	Name  string    `json:"name"`
	Facts int       `json:"facts"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// CaseCapture is a file with packets that somebody keeps beside the case, by its digest.
type CaseCapture struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	Note   string `json:"note,omitempty"`
}
