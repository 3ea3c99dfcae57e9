package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strings"

	"cordon/internal/store"
	"cordon/knowledge"
)

// installation names the Cordon that a command is about, by its configuration.
type installation struct {
	Config string `placeholder:"FILE" help:"The configuration. Default: /etc/cordon/cordon.toml, or cordon/cordon.toml in your configuration directory."`
}

// config is the configuration, with what was left open filled in.
func (c *installation) config() (*config, error) { return readInstallation(c.Config, "") }

// readInstallation reads the configuration file (see readConfig), lays over it what the owner
// chose in the page, and fills in what is left open. A data directory that is named takes the
// place of the file's.
func readInstallation(file, data string) (*config, error) {
	conf, err := readConfig(file)
	if err != nil {
		return nil, err
	}
	if data != "" {
		conf.Data, conf.Database = data, ""
	}
	conf.complete()
	base := *conf
	conf.base, conf.from = &base, maps.Clone(conf.from)
	if conf.chose, err = readOwned(conf.Data); err != nil {
		return nil, err
	}
	conf.chose.lay(conf)
	conf.complete()
	return conf, nil
}

// storeFlags name the installation whose store a command works on.
type storeFlags struct {
	installation
	Data string `placeholder:"DIR" help:"The store is here, whatever the configuration says."`
}

// config is the configuration with the flags laid over it.
func (f *storeFlags) config() (*config, error) {
	return readInstallation(f.Config, f.Data)
}

// knowledge is what judges in the installation. A directory of the owner's that is named takes
// the place of the one in the configuration.
func (c *config) knowledge(dir string) (*knowledge.Base, error) {
	return knowledgeOf(shelfIn(c.Data), cmp.Or(dir, c.Knowledge))
}

// storeFile is the file of the store, empty where a server keeps it.
func (c *config) storeFile() string {
	if strings.Contains(c.Database, "://") {
		return ""
	}
	return c.Database
}

// errNoStore says that no Cordon keeps anything here.
var errNoStore = errors.New("there is no store yet: cordon run makes it; --config names another installation")

// openStore opens the store of an installation, which must be there: looking makes none.
func openStore(ctx context.Context, c *config) (*store.Store, error) {
	if file := c.storeFile(); file != "" {
		switch _, err := os.Stat(file); {
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%s: %w", file, errNoStore)
		case err != nil:
			return nil, err
		}
	}
	return store.Open(ctx, c.Database)
}
