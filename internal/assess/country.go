package assess

import "strings"

// countries are the names under which inventories write countries in which cameras are made
// or said to be made, folded by columnName: English, German, French, Spanish and the country's own.
var countries = map[string]string{
	"china": "CN", "prc": "CN", "peoplesrepublicofchina": "CN", "chine": "CN", "volksrepublikchina": "CN", "中国": "CN", "mainlandchina": "CN",
	"taiwan": "TW", "roc": "TW", "taïwan": "TW", "taiwán": "TW", "republicofchina": "TW",
	"korea": "KR", "southkorea": "KR", "republicofkorea": "KR", "südkorea": "KR", "corée": "KR", "coréedusud": "KR", "corea": "KR", "coreadelsur": "KR", "한국": "KR", "대한민국": "KR",
	"japan": "JP", "japon": "JP", "japón": "JP", "日本": "JP",
	"usa": "US", "us": "US", "unitedstates": "US", "unitedstatesofamerica": "US", "vereinigtestaaten": "US", "étatsunis": "US", "estadosunidos": "US",
	"germany": "DE", "deutschland": "DE", "allemagne": "DE", "alemania": "DE",
	"uk": "GB", "unitedkingdom": "GB", "greatbritain": "GB", "england": "GB", "grossbritannien": "GB", "großbritannien": "GB", "royaumeuni": "GB", "reinounido": "GB",
	"sweden": "SE", "schweden": "SE", "suède": "SE", "suecia": "SE",
	"vietnam": "VN", "việtnam": "VN", "thailand": "TH", "malaysia": "MY", "india": "IN", "indien": "IN", "inde": "IN", "mexico": "MX", "méxico": "MX",
	"france": "FR", "frankreich": "FR", "francia": "FR", "italy": "IT", "italien": "IT", "italie": "IT", "italia": "IT", "spain": "ES", "spanien": "ES", "españa": "ES",
	"netherlands": "NL", "niederlande": "NL", "switzerland": "CH", "schweiz": "CH", "suisse": "CH", "poland": "PL", "polen": "PL", "denmark": "DK", "canada": "CA", "kanada": "CA",
	"israel": "IL", "turkey": "TR", "türkiye": "TR", "turkei": "TR", "türkei": "TR", "australia": "AU", "singapore": "SG", "hongkong": "HK", "belgium": "BE", "austria": "AT", "österreich": "AT",
}

// Country gives the ISO 3166 alpha-2 code of a country as people write it ("Made in China",
// "CN", "Südkorea"), empty where it is not known for certain.
func Country(text string) string {
	text = strings.TrimSpace(text)
	for _, lead := range []string{"made in ", "product of ", "assembled in "} {
		if len(text) > len(lead) && strings.EqualFold(text[:len(lead)], lead) {
			text = text[len(lead):]
		}
	}
	if len(text) == 2 && isLetters(text) {
		if up := strings.ToUpper(text); up != "UK" {
			return up
		}
		return "GB"
	}
	return countries[columnName(text)]
}

func isLetters(s string) bool {
	for _, c := range []byte(s) {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return false
		}
	}
	return true
}
