package reach

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// roles are what the test binary does when a test runs it again as another process: "device", "spend".
var roles = map[string]func(args []string) error{}

// roleKey names the environment variable that says which role.
const roleKey = "CORDON_REACH_ROLE"

func TestMain(m *testing.M) {
	role := roles[os.Getenv(roleKey)]
	if role == nil {
		os.Exit(m.Run())
	}
	if err := role(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// again makes the command that runs this test binary in a role.
func again(role string, args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), roleKey+"="+role)
	return c
}
