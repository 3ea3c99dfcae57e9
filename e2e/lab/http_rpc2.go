package lab

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// rpc2 answers Dahua's log-in by JSON: the first global.login gets a realm and a random,
// the second carries MD5(user:random:MD5(user:realm:password)), all in upper case (public
// clients of the Dahua HTTP API, for instance mcw0/DahuaConsole). Nothing else is served.
func (l *life) rpc2(q *asked) reply {
	var in struct {
		Method string
		ID     json.RawMessage
		Params struct {
			UserName, Password, AuthorityType string
		}
	}
	if json.Unmarshal(q.body, &in) != nil || in.Method != "global.login" {
		return jsonReply(`{"error":{"code":268894211,"message":"Request invalid!"},"result":false}`)
	}
	if len(in.ID) == 0 || len(in.ID) > 20 {
		in.ID = json.RawMessage("1")
	}
	realm, random := "Login to "+l.values["realm"], l.seedOfDay()
	if in.Params.Password == "" {
		return jsonReply(fmt.Sprintf(`{"error":{"code":268632079,"message":"Component error: login challenge!"},"id":%s,"params":{"authorization":"%s","encryption":"Default","mac":"%s","random":"%s","realm":"%s"},"result":false,"session":"%s"}`,
			in.ID, md5hex(random), strings.ReplaceAll(l.mac.String(), ":", ""), random, realm, md5hex(random+"s")))
	}
	user := in.Params.UserName
	want, known := l.guard.secret[user]
	inner := strings.ToUpper(md5hex(user + ":" + realm + ":" + want))
	right := strings.ToUpper(md5hex(user + ":" + random + ":" + inner))
	switch v := l.guard.try(user, known && strings.EqualFold(right, in.Params.Password), time.Now()); {
	case v.ok:
		return jsonReply(fmt.Sprintf(`{"id":%s,"params":{"keepAliveInterval":60},"result":true,"session":"%s"}`, in.ID, md5hex(random+"s")))
	case v.locked:
		return jsonReply(fmt.Sprintf(`{"error":{"code":268632081,"message":"Component error: User is locked!"},"id":%s,"params":{"remainLockSecond":%d},"result":false}`, in.ID, v.unlock))
	default:
		return jsonReply(fmt.Sprintf(`{"error":{"code":268632085,"message":"Component error: User or password not valid!"},"id":%s,"params":{"remainLoginTimes":%d},"result":false}`, in.ID, v.left))
	}
}

// seedOfDay is the random of the challenge: one a device, which is all that a test needs.
func (l *life) seedOfDay() string { return fmt.Sprint(l.dice("rpc2").Uint32()) }

func jsonReply(s string) reply {
	return reply{status: 200, kind: "application/json", body: []byte(s + "\n")}
}
