package store_test

import (
	"path/filepath"
	"testing"

	"cordon/internal/store/storetest"
)

func TestSQLite(t *testing.T) {
	storetest.Run(t, storetest.Maker{Empty: func(t *testing.T) string {
		return filepath.Join(t.TempDir(), "cordon #1?.db")
	}})
}
