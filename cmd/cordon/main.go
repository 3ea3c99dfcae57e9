// Command cordon finds the cameras and other listening devices on a network, names who
// really made them, and says where they send and what is wrong. This file is the way in;
// each command is one cmd_*.go, and wire.go builds what they share.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/alecthomas/kong"
)

// version is set by the linker; see the Makefile.
var version = "unreleased"

// Exit codes, also for scripts: 0 clean, 1 findings at or above --fail-on, 2 could not run.
const (
	exitClean    = 0
	exitFindings = 1
	exitFailed   = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// env is what a command may touch of the world.
type env struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer
}

// cli is every command, in the order in which --help lists them.
type cli struct {
	Audit  auditCmd  `cmd:"" group:"look" help:"Read packet captures: which cameras are in them, who really made each, where they send, what is wrong."`
	Scan   scanCmd   `cmd:"" group:"look" help:"Ask the devices of your networks who they are: find them, name who really made each, grade them."`
	Vet    vetCmd    `cmd:"" group:"look" help:"Before buying: the likely maker, the lists and what to ask the supplier, for each line of a quote."`
	Leaks  leaksCmd  `cmd:"" group:"look" help:"Are your own addresses, serial numbers or P2P identifiers in a list that is traded? Offline."`
	Verify verifyCmd `cmd:"" group:"look" help:"Is a report still what was signed, and by which key? Offline."`
	Diff   diffCmd   `cmd:"" group:"look" help:"What changed between two audits or scans that were kept with --format json."`

	Run      runCmd      `cmd:"" group:"stay" help:"Listen, scan at set hours, keep what was heard, judge it as it grows, raise alarms."`
	Now      nowCmd      `cmd:"" group:"stay" help:"What needs you, and how things are."`
	Alarms   alarmsCmd   `cmd:"" group:"stay" help:"What stands, worst first; show, ack, snooze, assign, resolve or comment one."`
	Devices  devicesCmd  `cmd:"" group:"stay" help:"Which devices there are; show one with every reason."`
	Findings findingsCmd `cmd:"" group:"stay" help:"What is wrong, on which device; assign one to somebody."`
	Flows    flowsCmd    `cmd:"" group:"stay" help:"Who sends where, and how much."`
	Events   eventsCmd   `cmd:"" group:"stay" help:"A line for each change, as it happens."`
	Census   censusCmd   `cmd:"" group:"stay" help:"Who has what: declared, verified, not found, by department, site, maker or list."`
	Lists    listsCmd    `cmd:"" group:"stay" help:"The lists that name makers, and which of your devices fall under each."`
	Damage   damageCmd   `cmd:"" group:"stay" help:"Did anything leak? Old logs and captures, by device and day: sent, tried, silent or no coverage."`
	Report   reportCmd   `cmd:"" group:"stay" help:"Signed reports for people: of a site, of lists, of a delivery that is not what it says: kept, site, list, case, get, review, drop."`
	Replay   replayCmd   `cmd:"" group:"stay" help:"Judge what was stored, or a capture, again by other knowledge: what would change."`

	Risks     risksCmd     `cmd:"" group:"tell" help:"Findings that you live with until a date: list, accept, end."`
	Rules     rulesCmd     `cmd:"" group:"tell" help:"How loud alarms are: list, add, remove, on, off."`
	Channels  channelsCmd  `cmd:"" group:"tell" help:"Who is told of alarms, and how: list, add, test, remove."`
	Inventory inventoryCmd `cmd:"" group:"tell" help:"What your papers say of devices: list, import, export, forget."`
	Suppliers suppliersCmd `cmd:"" group:"tell" help:"Who delivered what: list, set, deliveries, deliver."`
	Import    importCmd    `cmd:"" group:"tell" help:"Take in what nmap found."`
	Netbox    netboxCmd    `cmd:"" group:"tell" help:"Push the devices to your NetBox: status, push."`

	Sensors  sensorsCmd  `cmd:"" group:"care" help:"How the ways in are doing: what they hear, what is lost."`
	Scans    scansCmd    `cmd:"" group:"care" help:"The scans that were made; start one now."`
	Sites    sitesCmd    `cmd:"" group:"care" help:"The places with cameras, and their networks."`
	People   peopleCmd   `cmd:"" group:"care" help:"Who may log in to the page: list, add, invite, reset, remove; and the link that claims a new box."`
	Token    tokenCmd    `cmd:"" group:"care" help:"Tokens for programs that ask the API: list, create, revoke."`
	Key      keyCmd      `cmd:"" group:"care" help:"The fingerprint of the key that reports are signed with."`
	AuditLog auditLogCmd `cmd:"" group:"care" help:"Who changed what, and when."`
	Doctor   doctorCmd   `cmd:"" group:"care" help:"What does a running Cordon need here, what is missing, and how is it mended?"`
	Config   configCmd   `cmd:"" group:"care" help:"Print the configuration as it is understood, with what was left open filled in."`
	Check    checkCmd    `cmd:"" group:"care" help:"Is the store whole?"`
	Backup   backupCmd   `cmd:"" group:"care" help:"Copy the whole store into one file, also while Cordon runs."`
	Restore  restoreCmd  `cmd:"" group:"care" help:"Put a backup in the place of the store."`

	Knowledge knowledgeCmd `cmd:"" group:"else" help:"What the program knows, from which source, how old: list, show, why, check, import, update, rollback, history, pack, key."`
	Demo      demoCmd      `cmd:"" group:"else" help:"Bring up a network of simulated devices, scan it, audit its traffic, and take it down."`
	Lab       labCmd       `cmd:"" group:"else" help:"A network of simulated devices on this machine: up, list, run, down."`
	Licences  licencesCmd  `cmd:"" group:"else" help:"Print the licences of everything that is compiled in."`

	Paper   paperCmd         `cmd:"" hidden:"" help:"Make a PDF of the page on standard input; cordon run starts it."`
	Sensor  sensorCmd        `cmd:"" hidden:"" help:"Listen on interfaces and pass on what is heard; cordon run starts it."`
	Version kong.VersionFlag `help:"Print the version and leave."`
}

// groups are the parts of --help, in the order of cli.
var groups = []kong.Group{
	{Key: "look", Title: "Look once:"},
	{Key: "stay", Title: "Keep watch: cordon run, and what it knows:"},
	{Key: "tell", Title: "Tell a running Cordon what you know and decide:"},
	{Key: "care", Title: "Look after it:"},
	{Key: "else", Title: "Knowledge, and trying it out:"},
}

const about = `Cordon finds the cameras and the other things that watch and listen on a network, says who really made each, where it sends, and what is wrong with it. cordon audit reads what others captured and contacts nothing; cordon scan asks only the networks that you name.

    cordon audit office.pcap                        which devices, what is wrong
    cordon scan 192.168.8.0/24                      ask the devices themselves
    cordon audit --explain 192.168.8.21 office.pcap every reason behind one of them
    cordon vet quote.csv                            before buying
    cordon run -i eth1                              stay, and raise alarms; then: cordon alarms
    cordon demo                                     try it without a camera

Exit codes: 0 clean, 1 something was found (see each command), 2 could not run.`

// run is main without the process: scripts in testdata call it in-process.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	e := &env{ctx, stdin, stdout, stderr}
	var c cli
	exited := -1
	k, err := kong.New(&c, kong.Name("cordon"), kong.Description(about), kong.Vars{"version": "cordon " + version},
		kong.Writers(stdout, stderr), kong.Exit(func(n int) { exited = n; panic(leave{}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100, NoExpandSubcommands: true}), kong.ExplicitGroups(groups), kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(stderr, "cordon:", err)
		return exitFailed
	}
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(leave); !ok {
				panic(r)
			}
			code = min(exited, exitFailed)
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	kc, err := k.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "cordon: %s\nTry: cordon %s--help\n", ourWords.Replace(err.Error()), chosen(err))
		return exitFailed
	}
	return exitCode(kc.Run(e), stderr)
}

// ourWords puts what kong says of a wrong command line into words for people.
var ourWords = strings.NewReplacer(
	`one of "",`, `one of `, // the empty choice is the flag left out
	"expected a valid 64 bit int but got", "want a number, not",
	"expected a valid 16 bit uint but got", "want a number from 0 to 65535, not",
	`expected "<`, `something is missing: "<`,
)

// chosen is the command that a wrong command line had come to, with a space behind it.
func chosen(err error) string {
	var wrong *kong.ParseError
	if !errors.As(err, &wrong) || wrong.Context == nil || wrong.Context.Selected() == nil {
		return ""
	}
	return strings.TrimPrefix(wrong.Context.Selected().FullPath(), "cordon ") + " "
}

// leave is how kong's --help and --version end the run without ending the process.
type leave struct{}

// errFindings says that the work is done and something was found.
var errFindings = errors.New("findings")

func exitCode(err error, stderr io.Writer) int {
	switch {
	case err == nil:
		return exitClean
	case errors.Is(err, errFindings):
		return exitFindings
	}
	fmt.Fprintln(stderr, "cordon:", err)
	return exitFailed
}
