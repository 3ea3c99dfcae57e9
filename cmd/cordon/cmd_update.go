package main

import (
	"bufio"
	"fmt"
	"strings"
	"time"

	"cordon/internal/report"
	"cordon/knowledge"
)

type knowledgeUpdateCmd struct {
	Pack  string `arg:"" help:"The knowledge pack, - for standard input."`
	Yes   bool   `help:"Install it. Without it, what would change is shown, and at a terminal asked."`
	Older bool   `help:"Take it although it is no newer than what is in force."`
	installation
}

// Help is what the command's --help adds.
func (c *knowledgeUpdateCmd) Help() string {
	return "Only packs signed by a key that you put into keys/ beside the configuration are taken (see cordon knowledge key). What is in the pack is held to the same checks as the program's own knowledge. A Cordon that is running takes it within seconds, without a restart. docs/knowledge-packs.md says more."
}

func (c *knowledgeUpdateCmd) Run(e *env) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	s := shelfIn(conf.Data)
	data, err := readPack(c.Pack, e.stdin)
	if err != nil {
		return err
	}
	o, err := newOffer(s, data, readTrust(conf.file), conf.Knowledge)
	if err != nil {
		return fmt.Errorf("%s: %w", shown(c.Pack), err)
	}
	if err := o.show(e.stdout, listWidth(e)); err != nil {
		return err
	}
	if err := showEffect(e, conf, o.before, o.after); err != nil {
		return err
	}
	if err := o.stale(); err != nil && !c.Older {
		return err
	}
	if o.known() {
		_, err := fmt.Fprintln(e.stdout, "It is in force already.")
		return err
	}
	if !c.Yes && !c.agreed(e) {
		_, err := fmt.Fprintf(e.stdout, "\nNothing was installed. To install it: cordon knowledge update --yes %s\n", shown(c.Pack))
		return err
	}
	if err := o.accept(s, whoRuns(), c.Older); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "\nInstalled: knowledge %s is in force. To go back: cordon knowledge rollback\n", o.pack.Version)
	return err
}

// agreed asks whoever sits at a terminal; nobody there has not agreed.
func (c *knowledgeUpdateCmd) agreed(e *env) bool {
	if c.Pack == "-" || !typed(e.stdin) {
		return false
	}
	fmt.Fprint(e.stdout, "\nInstall it? [y/N] ")
	line, _ := bufio.NewReader(e.stdin).ReadString('\n') // without an answer it is no
	line = strings.ToLower(strings.TrimSpace(line))
	return line == "y" || line == "yes"
}

type knowledgeRollbackCmd struct {
	installation
}

// Help is what the command's --help adds.
func (c *knowledgeRollbackCmd) Help() string {
	return "What was in force before the last cordon knowledge update is in force again: an earlier pack, or the program's own knowledge. Again: one more back."
}

func (c *knowledgeRollbackCmd) Run(e *env) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	s := shelfIn(conf.Data)
	own, err := knowledge.Embedded()
	if err != nil {
		return err
	}
	from, to := "", ""
	err = s.change(func(all *shelved) error {
		if len(all.Packs) == 0 {
			return fmt.Errorf("no pack is installed: the program's own knowledge of %s is in force", own.Version)
		}
		from = forceName(all, own.Version)
		all.Packs = all.Packs[:len(all.Packs)-1]
		if i := all.inForce(own.Version); i != nil {
			if _, err := s.open(i); err != nil {
				return fmt.Errorf("the pack before, %s, cannot be used: %w", i.Version, err)
			}
		}
		to = forceName(all, own.Version)
		all.Log = append(all.Log, shelfLine{At: time.Now().UTC().Truncate(time.Second), By: whoRuns(), Did: "rollback", From: from, To: to})
		return nil
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "Knowledge %s is in force again, instead of %s.\n", to, from)
	return err
}

// forceName is the version in force.
func forceName(all *shelved, own string) string {
	if i := all.inForce(own); i != nil {
		return i.Version
	}
	return own
}

type knowledgeHistoryCmd struct {
	installation
	JSON bool `name:"json" help:"As JSON."`
}

func (c *knowledgeHistoryCmd) Run(e *env) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	s := shelfIn(conf.Data)
	all, err := s.read()
	if err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(e.stdout, all.Log)
	}
	own, err := knowledge.Embedded()
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "In force: %s. The program's own knowledge: %s.\n", forceName(&all, own.Version), own.Version)
	if n := len(all.Packs); n > 0 && all.inForce(own.Version) == nil {
		fmt.Fprintf(e.stdout, "The pack of %s is installed and not used: the program's own knowledge is newer.\n", all.Packs[n-1].Version)
	}
	if len(all.Log) == 0 {
		return nil
	}
	fmt.Fprintln(e.stdout)
	t := sheet{head: []string{"when", "what", "from", "to", "entries", "issuer", "by"}}
	for i := len(all.Log) - 1; i >= 0; i-- {
		l := &all.Log[i]
		t.add(l.At.Local().Format("2006-01-02 15:04"), l.Did, l.From, l.To, entriesText(l), report.Clean(l.Issuer), report.Clean(l.By))
	}
	return t.write(e.stdout, listWidth(e), "")
}

func entriesText(l *shelfLine) string {
	if l.Did != "update" {
		return ""
	}
	return count(l.Changes)
}
