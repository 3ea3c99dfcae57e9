package lab

import (
	"bufio"
	"context"
	"encoding/hex"
	"io"
	"net"
	"strings"

	"cordon/specimens"
)

// greet serves a connection of what is neither HTTP nor RTSP: what it says first, and what
// it answers.
func (l *life) greet(_ context.Context, t *specimens.Greeter, c net.Conn) {
	l.tally.requests.Add(1)
	if t.Hex != "" {
		b, _ := hex.DecodeString(plainHex(t.Hex))
		c.Write(b)
	} else if t.Greet != "" {
		io.WriteString(c, l.say(t.Greet, nil))
	}
	switch {
	case t.Close && len(t.Answers) == 0:
		return
	case t.Kind == "telnet":
		l.telnet(t, c)
	case t.Kind == "ftp":
		l.ftp(c)
	default:
		l.converse(t, c)
	}
}

// converse gives the first answer that fits each piece heard; what fits none is swallowed.
func (l *life) converse(t *specimens.Greeter, c net.Conn) {
	buf := make([]byte, 16<<10)
	for heard := 0; heard < 1<<20; {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		heard += n
		for i := range t.Answers {
			a := &t.Answers[i]
			text, ok := fitting(a, buf[:n])
			if !ok {
				continue
			}
			more := map[string]string{"heard": text, "heardhex": hex.EncodeToString(buf[:n])}
			c.Write(encode(a.Encode, l.compose(a, more), buf[:n]))
			if t.Close {
				return
			}
			break
		}
	}
}

// telnet asks for a user and a password, three times at most (RFC 854; options are not
// negotiated beyond echo).
func (l *life) telnet(t *specimens.Greeter, c net.Conn) {
	in := bufio.NewReader(io.LimitReader(c, 1<<20))
	prompt := l.say(t.Prompt, nil)
	for range 3 {
		io.WriteString(c, prompt)
		user, err := telnetLine(in)
		if err != nil {
			return
		}
		io.WriteString(c, "Password: ")
		word, err := telnetLine(in)
		if err != nil {
			return
		}
		if user != "" && l.password(user, word).ok {
			io.WriteString(c, "\r\n\r\nBusyBox v1.16.1 built-in shell (ash)\r\nEnter 'help' for a list of built-in commands.\r\n\r\n# ")
			telnetLine(in)
			return
		}
		io.WriteString(c, "\r\nLogin incorrect\r\n")
	}
}

// telnetLine reads a line without the options in it (IAC, command, option).
func telnetLine(in *bufio.Reader) (string, error) {
	var b strings.Builder
	for b.Len() < 256 {
		c, err := in.ReadByte()
		if err != nil {
			return "", err
		}
		switch {
		case c == 0xff:
			if _, err := in.Discard(2); err != nil {
				return "", err
			}
		case c == '\n':
			return b.String(), nil
		case c >= ' ' && c < 0x7f:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

// ftp answers the log-in and refuses the rest, as FTP servers in small devices do, with the code and the
// words of RFC 959, 4.2.1.
func (l *life) ftp(c net.Conn) {
	in := bufio.NewScanner(io.LimitReader(c, 1<<16))
	user := ""
	for in.Scan() {
		verb, rest, _ := strings.Cut(strings.TrimSpace(in.Text()), " ")
		say := "502 Command not implemented." // the device's answer, word by word from RFC 959
		switch strings.ToUpper(verb) {
		case "USER":
			user, say = rest, "331 Please specify the password."
		case "PASS":
			if say = "530 Login incorrect."; l.password(user, rest).ok {
				say = "230 Login successful."
			}
		case "SYST":
			say = "215 UNIX Type: L8"
		case "FEAT":
			say = "211 End"
		case "HELP", "NOOP":
			say = "200 OK."
		case "QUIT":
			io.WriteString(c, "221 Goodbye.\r\n")
			return
		}
		io.WriteString(c, say+"\r\n")
	}
}
