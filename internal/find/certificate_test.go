package find

import (
	"encoding/base64"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Two certificates made with OpenSSL for this test; the hashes of their keys and the other
// values are what OpenSSL says of them.
const (
	weakCertificate = "MIICVDCCAb2gAwIBAgIUZ0DxP+2ue1zKPfROhQkbpM+RiSYwDQYJKoZIhvcNAQEFBQAwLTELMAkGA1UEBhMCQ04xEDAOBgNVBAoMB0dlbmVyYWwxDDAKBgNVBAMMA0lQQzAeFw0yNjEx" +
		"MjIwNzAxMzdaFw0zNjExMTkwNzAxMzdaMC0xCzAJBgNVBAYTAkNOMRAwDgYDVQQKDAdHZW5lcmFsMQwwCgYDVQQDDANJUEMwgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBALcdB2hg" +
		"JoGIpqcR3rbdLEqQM+u8O48vaJAPf5SQl8fKR8cocpblZ8jlgeYmutFyMKVMKpm251tCEd1TBzwzsghxDNe85NQXLjCFnoEgB9xzPPyneNLThrGDt49kNBJuq+6EhDWOIiWam/2gHt4J" +
		"NosE4yGtBOTuGFfzCQ417eHhAgMBAAGjcTBvMB0GA1UdDgQWBBSBEt5uM/toJq8HqkOIpAHk27Q1gTAfBgNVHSMEGDAWgBSBEt5uM/toJq8HqkOIpAHk27Q1gTAPBgNVHRMBAf8EBTAD" +
		"AQH/MBwGA1UdEQQVMBOCC2NhbS5leGFtcGxlhwTAAAIKMA0GCSqGSIb3DQEBBQUAA4GBAKHTwU9/krAQ2eB1bCN9yj0GAhZOc3Vw5Wy+l7sv03u4077GtnqF7BkkQv4jzQUb1uWGZK6H" +
		"mKKDXlSN6bNp/2jOY3kEWzZ40ieT57JlkaC9+X2xPXScu/iXOdF1qcrdn+ZTLBFOADdMFY50wNmAKgE1y89lN2mH29WhqhpDD2wS"
	goodCertificate = "MIIBczCCARmgAwIBAgIUH91d1bQqEUH/9ddasEaCXXK+GBUwCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEZG9vcjAeFw0yNjExMjIwNzAxMzhaFw0zNjExMTkwNzAxMzhaMA8xDTALBgNV" +
		"BAMMBGRvb3IwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT6q8IhCHy5ZH5+UXu1BtSNfeIKxIM+aMnHaa81SLHFh6jJQ7UdYZDvFHqrJ88FH6nCBOAxx6Rv661AtB64kVM4o1MwUTAd" +
		"BgNVHQ4EFgQUNGY7fa6FYKB7RSQkpFksMYH1SbwwHwYDVR0jBBgwFoAUNGY7fa6FYKB7RSQkpFksMYH1SbwwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA5l6VrmdV" +
		"B+9BBfG71T6Yu+DKOJOqKfsKo6SKLibHhiQCICXcymZmnBgSkpVsFRtYKizAi5I5xh61dEG5Sy+ZHBIo"
)

func TestHearCertificate(t *testing.T) {
	for text, want := range map[string][]string{
		weakCertificate: {"tls.subject=CN=IPC,O=General,C=CN", "tls.issuer=CN=IPC,O=General,C=CN", "tls.not_after=2036-11-19T07:01:37Z",
			"tls.san=cam.example", "tls.san=192.0.2.10", "tls.self_signed=yes",
			"tls.key=b46eec4b71c6c256c292b7bd4918da5f6afec6fa39bc45013a0310b710fbf23f", "tls.weak=RSA 1024", "tls.weak=SHA1-RSA"},
		goodCertificate: {"tls.subject=CN=door", "tls.issuer=CN=door", "tls.not_after=2036-11-19T07:01:38Z", "tls.self_signed=yes",
			"tls.key=bed25afc3306a8d8a311fd307e4da164b0cc0f7819db7568e8401bbff829f2a6"},
	} {
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, certificateFacts(t, der)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		for n := range der {
			certificateFacts(t, der[:n])
		}
		if got := certificateFacts(t, append(der, make([]byte, maxCertificate)...)); got != nil {
			t.Errorf("an endless certificate says %q", got)
		}
	}
}

// certificateFacts gives "kind=value" for each fact that is not empty, and holds all to be about the server.
func certificateFacts(t testing.TB, der []byte) (out []string) {
	HearCertificate(der, Receiver, func(about Subject, kind Kind, value string) {
		if !about.IsReceiver() {
			t.Errorf("%s is about somebody else", kind)
		}
		if value = Tidy(value); value != "" {
			out = append(out, string(kind)+"="+value)
		}
	})
	return out
}

func FuzzCertificate(f *testing.F) {
	for _, text := range []string{weakCertificate, goodCertificate} {
		der, _ := base64.StdEncoding.DecodeString(text)
		f.Add(der)
	}
	f.Fuzz(func(t *testing.T, der []byte) { certificateFacts(t, der) })
}
