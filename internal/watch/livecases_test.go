package watch

import (
	"fmt"
	"time"

	"cordon"
)

// liveCases are what each row must say, and must not.
var liveCases = []struct {
	code, name string
	want       []string
	do         func(s *sim)
}{
	{"new-device", "a camera after a day", []string{"medium"}, func(s *sim) { settled(s, 25*time.Hour); s.judged(two_, cam, nil); s.judged(two_, cam, nil) }},
	{"new-device", "what it is turns out later", []string{"low", "medium"}, func(s *sim) {
		settled(s, 25*time.Hour)
		s.judged(two_, "", nil)
		s.wait(5*time.Second, time.Second, nil)
		s.judged(two_, cam, nil)
		s.judged(two_, cam, nil)
		s.wait(time.Hour, time.Hour, nil)
		s.judged(two_, "", nil)
	}},
	{"new-device", "a telephone", []string{"info"}, func(s *sim) { settled(s, 25*time.Hour); s.judged(two_, cordon.ClassPhone, nil) }},
	{"new-device", "while learning", nil, func(s *sim) { settled(s, 23*time.Hour); s.judged(two_, cam, nil) }},
	{"new-device", "after a week in which nothing was heard", nil, func(s *sim) {
		settled(s, 25*time.Hour)
		s.wait(week, time.Hour, nil)
		s.judged(two_, cam, nil)
	}},
	{"new-device", "our clock jumped a day while learning", nil, func(s *sim) { settled(s, time.Hour); s.jump(24 * time.Hour); s.judged(two_, cam, nil) }},
	{"new-device", "one that is known", nil, func(s *sim) { settled(s, 25*time.Hour); s.judged(one_, cam, nil) }},

	{"device-gone", "silent while others speak", []string{"high", "over"}, func(s *sim) {
		settled(s, 25*time.Hour)
		s.wait(3*time.Hour, time.Minute, func() { s.flow(two_, nil) })
		s.flow(one_, nil)
	}},
	{"device-gone", "and again a day later", []string{"high", "over", "high"}, func(s *sim) {
		settled(s, 25*time.Hour)
		s.wait(3*time.Hour, time.Minute, func() { s.flow(two_, nil) })
		s.wait(21*time.Hour, time.Minute, func() { s.flow(one_, nil); s.flow(two_, nil) })
		s.wait(time.Hour+50*time.Minute, time.Minute, func() { s.flow(two_, nil) })
	}},
	{"device-gone", "the sensor is down", nil, func(s *sim) {
		settled(s, 25*time.Hour)
		s.wait(3*time.Hour, time.Minute, func() { s.flow(two_, nil); s.play(Event{Deaf: []string{"eth1"}}) })
		s.play(Event{})
	}},
	{"device-gone", "the sensor hears nobody", nil, func(s *sim) { settled(s, 25*time.Hour); s.wait(5*time.Hour, time.Minute, nil) }},
	{"device-gone", "known for an hour", nil, func(s *sim) {
		settled(s, time.Hour)
		s.wait(3*time.Hour, time.Minute, func() { s.flow(two_, nil) })
	}},
	{"device-gone", "often silent for an hour", nil, func(s *sim) {
		settled(s, 2*time.Hour)
		for range 26 {
			s.wait(55*time.Minute, time.Minute, func() { s.flow(two_, nil) })
			s.flow(one_, nil)
		}
		s.wait(4*time.Hour, time.Minute, func() { s.flow(two_, nil) })
	}},
	{"device-gone", "our clock jumped a day", nil, func(s *sim) {
		settled(s, 25*time.Hour)
		s.jump(24 * time.Hour)
		s.flow(two_, nil)
		s.wait(time.Minute, 10*time.Second, func() { s.flow(two_, nil) })
	}},

	{"firmware-changed", "another version", []string{"medium 5.6"}, func(s *sim) {
		for _, v := range []string{"5.5.0", "5.5.0", "5.5.0 build 170725", "5.5.0", "5.6"} {
			s.judged(one_, cam, func(a *cordon.Audited) { a.Identity.Firmware.Value = v })
			s.wait(25*time.Hour, time.Hour, nil)
		}
	}},
	{"firmware-changed", "two protocols say two versions", []string{"medium 7"}, func(s *sim) {
		for range 5 {
			for _, v := range []string{"5.5.0", "7"} {
				s.judged(one_, cam, func(a *cordon.Audited) { a.Identity.Firmware.Value = v })
				s.wait(time.Hour, time.Hour, nil)
			}
		}
	}},
	{"firmware-changed", "only just known", nil, func(s *sim) {
		s.judged(one_, cam, nil)
		s.judged(one_, cam, func(a *cordon.Audited) { a.Identity.Firmware.Value = "5.5.0" })
	}},

	{"update-witnessed", "by HTTP, kept and again", []string{"medium digicap.dav", "medium digicap.dav"}, func(s *sim) {
		s.judged(one_, cam, nil)
		s.fact(one_, "http.download", "http://192.168.1.9/fw/digicap.dav 20000000 application/octet-stream")
		s.fact(one_, "http.download", "http://192.168.1.9/fw/digicap.dav 20000000 application/octet-stream")
		s.fact(one_, "carved.sha256", "00ff 20000000 http://192.168.1.9/fw/digicap.dav")
	}},
	{"update-witnessed", "by TFTP", []string{"medium digicap.dav"}, func(s *sim) { s.judged(one_, cam, nil); s.fact(one_, "tftp.read", "digicap.dav") }},
	{"update-witnessed", "a page", nil, func(s *sim) {
		s.judged(one_, cam, nil)
		s.fact(one_, "http.download", "http://example.com/index.html 200000 text/html")
		s.fact(one_, "http.download", "http://example.com/fw/list.bin 200 text/plain")
		s.fact(one_, "carved.sha256", "x")
	}},
	{"update-witnessed", "a laptop", nil, func(s *sim) {
		s.judged(one_, pc, nil)
		s.fact(one_, "http.download", "http://example.com/game.bin 20000000 application/octet-stream")
	}},

	{"new-viewer", "after a day", []string{"medium laptop"}, func(s *sim) {
		settled(s, 25*time.Hour)
		s.flow(one_, within("laptop", stream))
		s.flow(one_, within("laptop", stream))
	}},
	{"new-viewer", "from outside", []string{"high 198.51.100.7"}, func(s *sim) {
		settled(s, 25*time.Hour)
		s.flow(one_, func(f *cordon.Flow) { stream(f); f.Opened = false })
	}},
	{"new-viewer", "the recorder", nil, func(s *sim) { settled(s, 25*time.Hour); s.flow(one_, within("recorder", stream)) }},
	{"new-viewer", "while learning", nil, func(s *sim) { settled(s, 20*time.Hour); s.flow(one_, within("laptop", stream)) }},
	{"new-viewer", "our clock jumped a day while learning", nil, func(s *sim) {
		settled(s, time.Hour)
		s.jump(24 * time.Hour)
		s.flow(one_, within("laptop", stream))
	}},
	{"new-viewer", "who only asked", nil, func(s *sim) {
		settled(s, 25*time.Hour)
		s.flow(one_, within("laptop", func(f *cordon.Flow) { stream(f); f.PayloadSent = 500 }))
	}},
	{"new-viewer", "slowly, in parts", []string{"medium laptop"}, func(s *sim) {
		settled(s, 25*time.Hour)
		for i := range 20 {
			s.flow(one_, within("laptop", func(f *cordon.Flow) { stream(f); f.PayloadSent, f.Count = 1000, min(i, 1) }))
			s.wait(time.Second, time.Second, nil)
		}
	}},

	{"new-controller", "after a day", []string{"medium laptop"}, func(s *sim) {
		settled(s, 25*time.Hour)
		s.flow(one_, within("laptop", func(f *cordon.Flow) { f.App = "hik-sdk" }))
	}},
	{"new-controller", "the recorder", nil, func(s *sim) {
		settled(s, 25*time.Hour)
		s.flow(one_, within("recorder", func(f *cordon.Flow) { f.App = "hik-sdk" }))
	}},
	{"begins-to-steer", "PTZ from a laptop", []string{"medium HTTP /isapi/ptzctrl"}, func(s *sim) {
		settled(s, 25*time.Hour)
		s.fact(one_, "http.request", "PUT /ISAPI/PTZCtrl/channels/1/continuous")
		s.fact(one_, "http.request", "PUT /ISAPI/PTZCtrl/channels/1/continuous")
	}},
	{"begins-to-steer", "reads a page", nil, func(s *sim) { settled(s, 25*time.Hour); s.fact(one_, "http.request", "GET /index.html") }},

	{"first-contact", "after a quiet month", []string{"medium evil.example"}, func(s *sim) {
		settled(s, 31*24*time.Hour)
		s.flow(one_, func(f *cordon.Flow) { f.Name = "evil.example" })
		s.flow(one_, func(f *cordon.Flow) { f.Name = "evil2.example" })
	}},
	{"first-contact", "tried only", []string{"medium 203.0.113.0/24"}, func(s *sim) {
		settled(s, 31*24*time.Hour)
		s.flow(one_, knock("203.0.113.9", 443, cordon.StateAttempt))
	}},
	{"first-contact", "in its first week", nil, func(s *sim) {
		settled(s, 5*24*time.Hour)
		s.flow(one_, func(f *cordon.Flow) { f.Name = "evil.example" })
	}},
	{"first-contact", "our clock jumped two months", nil, func(s *sim) {
		settled(s, 5*24*time.Hour)
		s.jump(60 * 24 * time.Hour)
		s.flow(one_, func(f *cordon.Flow) { f.Name = "evil.example" })
	}},
	{"first-contact", "one it met half a year ago by a clock that was wrong", nil, func(s *sim) {
		settled(s, 31*24*time.Hour)
		s.jump(180 * 24 * time.Hour)
		s.flow(one_, nil)
	}},
	{"first-contact", "another server of the same", nil, func(s *sim) {
		s.judged(one_, cam, nil)
		s.flow(one_, func(f *cordon.Flow) { f.Name = "p2p3.example" })
		settled(s, 31*24*time.Hour)
		s.flow(one_, func(f *cordon.Flow) { f.Name = "p2p14.example" })
	}},
	{"first-contact", "a laptop", nil, func(s *sim) {
		s.judged(two_, pc, nil)
		settled(s, 31*24*time.Hour)
		s.flow(two_, func(f *cordon.Flow) { f.Name = "evil.example" })
	}},

	{"calls-home", "tries", []string{"medium"}, func(s *sim) {
		s.judged(one_, cam, nil)
		s.flow(one_, knock("203.0.113.9", 443, cordon.StateAttempt))
		s.flow(one_, knock("203.0.113.9", 443, cordon.StateAttempt))
	}},
	{"calls-home", "over after a week", []string{"medium", "over"}, func(s *sim) {
		s.judged(one_, cam, nil)
		s.flow(one_, nil)
		s.wait(week+time.Hour, time.Hour, func() { s.flow(one_, within("recorder", stream)) })
	}},
	{"calls-home", "a laptop", nil, func(s *sim) { s.judged(one_, pc, nil); s.flow(one_, nil) }},
	{"calls-home", "not judged yet", nil, func(s *sim) { s.flow(one_, nil) }},

	{"video-upload", "while it runs", []string{"high"}, func(s *sim) {
		s.judged(one_, cam, nil)
		s.wait(11*time.Second, time.Second, func() { s.flow(one_, up(50_000, 0.9, 0)) })
	}},
	{"video-upload", "nine seconds", nil, func(s *sim) {
		s.judged(one_, cam, nil)
		s.wait(9*time.Second, time.Second, func() { s.flow(one_, up(50_000, 0.9, 0)) })
	}},
	{"video-upload", "to the recorder", nil, func(s *sim) {
		s.judged(one_, cam, nil)
		s.wait(time.Minute, time.Second, func() { s.flow(one_, within("recorder", up(50_000, 0.9, 0))) })
	}},
	{"video-upload", "a laptop", nil, func(s *sim) {
		s.judged(one_, pc, nil)
		s.wait(time.Minute, time.Second, func() { s.flow(one_, up(50_000, 0.9, 0)) })
	}},
	{"video-upload", "a chatter of clips goes on for an hour", nil, func(s *sim) {
		s.judged(one_, cam, nil)
		s.wait(time.Hour, 2*time.Minute, func() { s.flow(one_, up(20_000, 0.9, 0)) })
	}},
	{"video-upload", "over after a day", []string{"high", "over"}, func(s *sim) {
		s.judged(one_, cam, nil)
		s.wait(11*time.Second, time.Second, func() { s.flow(one_, up(50_000, 0.9, 0)) })
		s.wait(25*time.Hour, time.Hour, func() { s.flow(one_, within("recorder", stream)) })
	}},

	{"slow-upload", "16 kbit/s within the minute", []string{"high"}, func(s *sim) {
		s.judged(one_, cam, nil)
		s.wait(55*time.Second, time.Second, func() { s.flow(one_, up(2050, 0.1, 0)) })
	}},
	{"slow-upload", "a picture every five seconds", []string{"high"}, func(s *sim) {
		s.judged(one_, cam, nil)
		s.wait(55*time.Second, 5*time.Second, func() { s.flow(one_, up(10_500, 0.1, 0)) })
	}},
	{"slow-upload", "12 kbit/s", nil, func(s *sim) {
		s.judged(one_, cam, nil)
		s.wait(10*time.Minute, time.Second, func() { s.flow(one_, up(1500, 0.1, 0)) })
	}},
	{"slow-upload", "chatter every ten seconds", nil, func(s *sim) {
		s.judged(one_, cam, nil)
		s.wait(10*time.Minute, 13*time.Second, func() { s.flow(one_, up(30_000, 0.1, 0)) })
	}},
	{"slow-upload", "as much comes back", nil, func(s *sim) {
		s.judged(one_, cam, nil)
		s.wait(10*time.Minute, time.Second, func() { s.flow(one_, func(f *cordon.Flow) { up(3000, 0.1, 0)(f); f.PayloadReceived = 2000 }) })
	}},
	{"slow-upload", "a minute from what could not be told", nil, func(s *sim) {
		s.judged(one_, "", nil)
		s.wait(time.Minute, time.Second, func() { s.flow(one_, up(2050, 0.1, 0)) })
	}},

	{"unusual-upload", "four times the most", []string{"high"}, func(s *sim) {
		s.judged(one_, cam, nil)
		s.wait(4*24*time.Hour, time.Hour, func() { s.flow(one_, up(3_000_000, 0.1, 1)) })
		s.wait(time.Hour, 2*time.Minute, func() { s.flow(one_, up(1_000_000, 0.1, 1)) })
	}},
	{"unusual-upload", "twice the most, and our clock jumped two months", nil, func(s *sim) {
		s.judged(one_, cam, nil)
		s.wait(4*24*time.Hour, time.Hour, func() { s.flow(one_, up(3_000_000, 0.1, 1)) })
		s.jump(60 * 24 * time.Hour)
		s.wait(time.Hour, 10*time.Minute, func() { s.flow(one_, up(1_000_000, 0.1, 1)) })
	}},
	{"unusual-upload", "twice the most", nil, func(s *sim) {
		s.judged(one_, cam, nil)
		s.wait(4*24*time.Hour, time.Hour, func() { s.flow(one_, up(3_000_000, 0.1, 1)) })
		s.wait(time.Hour, 10*time.Minute, func() { s.flow(one_, up(1_000_000, 0.1, 1)) })
	}},
	{"unusual-upload", "while learning", nil, func(s *sim) {
		s.judged(one_, cam, nil)
		s.wait(2*24*time.Hour, time.Hour, func() { s.flow(one_, up(100, 0.1, 1)) })
		s.wait(time.Hour, 2*time.Minute, func() { s.flow(one_, up(1_000_000, 0.1, 1)) })
	}},

	{"scans", "a hundred addresses", []string{"high"}, func(s *sim) {
		s.judged(one_, cam, nil)
		for i := range 100 {
			s.flow(one_, knock(fmt.Sprintf("203.0.113.%d", i), 445, cordon.StateAttempt))
		}
	}},
	{"scans", "two dozen cameras that are down", nil, func(s *sim) {
		s.judged(one_, cordon.ClassRecorder, nil)
		s.wait(10*time.Minute, 10*time.Second, func() {
			for i := range 24 {
				s.flow(one_, knock(fmt.Sprintf("192.168.1.%d", i), 554, cordon.StateAttempt))
			}
		})
	}},
	{"is-scanned", "by a thousand", []string{"medium many"}, func(s *sim) {
		s.judged(one_, cam, nil)
		for i := range 1000 {
			s.flow(one_, func(f *cordon.Flow) {
				knock(fmt.Sprintf("198.51.%d.%d", i>>8, i&255), 23, cordon.StateAttempt)(f)
				f.Opened = false
			})
		}
	}},
	{"is-scanned", "by thirty", nil, func(s *sim) {
		s.judged(one_, cam, nil)
		for i := range 30 {
			s.flow(one_, func(f *cordon.Flow) {
				knock(fmt.Sprintf("198.51.0.%d", i), 23, cordon.StateAttempt)(f)
				f.Opened = false
			})
		}
	}},
	{"floods", "thousands a second", []string{"high"}, func(s *sim) {
		s.judged(one_, cam, nil)
		for range 4 {
			s.flow(one_, func(f *cordon.Flow) { f.App, f.PacketsSent, f.PacketsReceived, f.Shape.BigSent = "", 1000, 0, 0 })
		}
	}},
	{"floods", "video", nil, func(s *sim) {
		s.judged(one_, cam, nil)
		s.wait(time.Minute, time.Second, func() {
			s.flow(one_, within("recorder", func(f *cordon.Flow) {
				f.Opened, f.App, f.Transport, f.PacketsSent, f.PacketsReceived, f.Shape.BigSent = true, "", "udp", 2000, 0, 0.95
			}))
		})
	}},
	{"is-flooded", "thousands a second", []string{"high"}, func(s *sim) {
		s.judged(one_, cam, nil)
		for i := range 3000 {
			s.flow(one_, func(f *cordon.Flow) {
				knock(fmt.Sprintf("198.51.%d.%d", i>>8, i&255), 80, cordon.StateAttempt)(f)
				f.Opened, f.PacketsSent, f.PacketsReceived = false, 0, 1
			})
		}
	}},
	{"is-flooded", "an upload to it", nil, func(s *sim) {
		s.judged(one_, cordon.ClassRecorder, nil)
		s.wait(time.Minute, time.Second, func() {
			s.flow(one_, func(f *cordon.Flow) {
				f.Opened, f.App, f.PacketsSent, f.PacketsReceived, f.Shape.BigReceived = false, "", 400, 2000, 1
			})
		})
	}},

	{"clock-changed", "set by an hour", []string{"medium"}, func(s *sim) {
		s.judged(one_, cam, nil)
		s.fact(one_, "onvif.time", s.now.Format(time.RFC3339))
		s.wait(time.Hour, time.Hour, nil)
		s.fact(one_, "onvif.time", s.now.Add(-time.Hour).Format(time.RFC3339))
	}},
	{"clock-changed", "it drifts", nil, func(s *sim) {
		s.judged(one_, cam, nil)
		for i := range 20 {
			s.fact(one_, "http.time", s.now.Add(time.Duration(i)*4*time.Minute).Format(time.RFC3339))
			s.wait(24*time.Hour, 24*time.Hour, nil)
		}
	}},
	{"clock-changed", "ours", []string{"medium ours"}, func(s *sim) { s.play(Event{Stepped: -time.Hour}); s.play(Event{Stepped: time.Second}) }},
	{"clock-changed", "ours, not the device's", []string{"medium ours"}, func(s *sim) {
		s.judged(one_, cam, nil)
		s.fact(one_, "onvif.time", s.now.Format(time.RFC3339))
		truth := s.now
		s.jump(time.Hour)
		s.fact(one_, "onvif.time", truth.Format(time.RFC3339))
	}},

	{"address-taken-over", "back and forth", []string{"high 192.168.1.1", "high 192.168.1.1"}, func(s *sim) {
		for _, id := range []string{one_, two_, one_, two_} {
			s.judged(id, cam, nil)
			s.fact(id, "arp.address", "192.168.1.1")
		}
	}},
	{"address-taken-over", "handed on", nil, func(s *sim) {
		for range 5 {
			s.fact(one_, "arp.address", "192.168.1.1")
		}
		s.wait(time.Hour, time.Minute, func() { s.fact(two_, "arp.address", "192.168.1.1") })
		s.wait(time.Hour, time.Minute, func() { s.fact(one_, "arp.address", "192.168.1.1") })
	}},
	{"address-taken-over", "one device with two interfaces", nil, func(s *sim) {
		for i := range 6 {
			o := cordon.Observation{At: s.now, Last: s.now, Kind: "arp.address", Value: "192.168.1.1", About: cordon.Key{Kind: cordon.KeyMAC, Value: []string{one_, two_}[i%2]}}
			s.play(Event{Device: "nas", Fact: &o})
		}
	}},
	{"address-taken-over", "two routers share one", nil, func(s *sim) {
		for range 5 {
			s.fact("00:00:5e:00:01:07", "arp.address", "192.168.1.1")
			s.fact(two_, "arp.address", "192.168.1.2")
		}
	}},

	{"reaches-sideways", "Windows shares of a new machine", []string{"high office"}, func(s *sim) {
		settled(s, 25*time.Hour)
		s.flow(one_, within("office", func(f *cordon.Flow) { f.Opened, f.App, f.Port = true, "", 445 }))
	}},
	{"reaches-sideways", "the file server it always used", nil, func(s *sim) {
		settled(s, 25*time.Hour)
		s.flow(one_, within("nas", func(f *cordon.Flow) { f.Opened, f.App, f.Port = true, "ftp", 21 }))
	}},
	{"reaches-sideways", "a recorder calls a camera", nil, func(s *sim) {
		s.judged(two_, cordon.ClassRecorder, nil)
		settled(s, 25*time.Hour)
		s.flow(two_, within("new camera", func(f *cordon.Flow) { f.Opened, f.App, f.Port = true, "rtsp", 554 }))
	}},
	{"reaches-sideways", "the name server", nil, func(s *sim) {
		settled(s, 25*time.Hour)
		s.flow(one_, within("router", func(f *cordon.Flow) { f.Opened, f.App, f.Transport, f.Port = true, "dns", "udp", 53 }))
	}},
	{"reaches-sideways", "a laptop", nil, func(s *sim) {
		s.judged(two_, pc, nil)
		settled(s, 25*time.Hour)
		s.flow(two_, within("office", func(f *cordon.Flow) { f.Opened, f.App, f.Port = true, "", 445 }))
	}},
}
