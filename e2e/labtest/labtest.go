// Package labtest tries the lab's network and, in the lab, the program as a whole: what only the
// real kernel can show. Its tests need root and run where CORDON_LAB is set (`make lab-test`);
// elsewhere they are skipped and say so. What tests share is here: a lab of their own, commands
// in the operator's place, what came out of the lab, and what the machine looked like before.
package labtest

import (
	"os/exec"

	"cordon/e2e/lab"
)

// Run runs a command where the operator sits.
func Run(st lab.Status, command ...string) ([]byte, error) {
	c := exec.Command("ip", append([]string{"netns", "exec", st.Named}, command...)...)
	return c.CombinedOutput()
}
