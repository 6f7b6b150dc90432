package app_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
	"github.com/pquerna/otp/totp"

	"maru/internal/demo"
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/platform/auth"
)

// preparedActs are the writes that need more than a form: a running clock, a browser's key, a file.
var preparedActs = map[string]act{
	"POST /login/code": {who: "nobody", nobody: true, records: "signed_in", path: func(w *walk) string {
		by, login := w.someone()
		secret, _ := w.enrolled(by)
		form := fields("login", login, "password", demo.Password)(w)
		if status, said := w.act(http.MethodPost, "/login", "application/x-www-form-urlencoded", []byte(form.Encode())); status != http.StatusUnauthorized {
			w.t.Fatal(status, said)
		}
		w.typed = w.nextCode(secret)
		return "/login/code"
	}, form: func(w *walk) url.Values { return fields("code", w.typed)(w) }},
	"POST /me/second-factor/confirm": {records: "second_factor_added", path: func(w *walk) string {
		by, _ := w.signedIn()
		e, err := w.Members.BeginTOTP(w.t.Context(), by, demo.Password)
		if err != nil {
			w.t.Fatal(err)
		}
		w.secrets = append(w.secrets, e.Secret)
		w.typed = w.nextCode(e.Secret)
		return "/me/second-factor/confirm"
	}, form: func(w *walk) url.Values { return fields("code", w.typed)(w) }},
	"POST /me/second-factor/codes": {records: "recovery_codes_renewed", form: fields("old", demo.Password), path: func(w *walk) string {
		by, _ := w.signedIn()
		w.enrolled(by)
		return "/me/second-factor/codes"
	}},
	"POST /me/second-factor/remove": {records: "second_factor_removed", form: fields("old", demo.Password), path: func(w *walk) string {
		by, _ := w.signedIn()
		w.enrolled(by)
		return "/me/second-factor/remove"
	}},
	"POST /hq/members/:member/reset-factor": {records: "second_factor_reset", path: func(w *walk) string {
		by, _ := w.someone()
		w.enrolled(by)
		return "/hq/members/" + by.Member.String() + "/reset-factor"
	}},

	"POST /me/passkeys": {records: "passkey_added", note: "내 열쇠", raw: func(w *walk, _ string) (string, []byte) {
		w.atName()
		w.signedIn()
		options := w.ceremony("/me/passkeys/begin", fields("old", demo.Password)(w))
		return w.answer(newPasskey(w).create(options), "name", "내 열쇠")
	}},
	"POST /me/passkeys/remove": {records: "passkey_removed", path: func(w *walk) string {
		w.atName()
		by, _ := w.signedIn()
		w.typed = base64.RawURLEncoding.EncodeToString(w.givenPasskey(by).id)
		return "/me/passkeys/remove"
	}, form: func(w *walk) url.Values { return fields("key", w.typed, "old", demo.Password)(w) }},
	"POST /login/passkey": {who: "nobody", nobody: true, records: "signed_in", raw: func(w *walk, _ string) (string, []byte) {
		w.atName()
		by, _ := w.someone()
		key := w.givenPasskey(by)
		return w.answer(key.sign(w.ceremony("/login/passkey/begin", nil), by.Member))
	}},

	"POST /hq/sign-ups/:application/link": {records: "invitation_renewed", path: func(w *walk) string {
		id, err := ids.ParseApplicationID(w.newApplication())
		if err != nil {
			w.t.Fatal(err)
		}
		if _, err := w.Members.ApproveApplication(w.t.Context(), auth.System("walk"), members.ApproveApplication{
			ID: id, Stores: []ids.StoreID{w.storeID("yeonnam")}, Since: businessday.NewDate(2030, 1, 1),
		}); err != nil {
			w.t.Fatal(err)
		}
		return "/hq/sign-ups/" + id.String() + "/link"
	}},
	"POST /hq/store-master/imports": {records: "store_list_sent", raw: func(w *walk, _ string) (string, []byte) {
		var b bytes.Buffer
		form := multipart.NewWriter(&b)
		part, err := form.CreateFormFile("file", "walk.csv")
		if err == nil {
			_, err = part.Write([]byte("가게,번호\n산책 하나점,02-555-0001\n"))
		}
		if err != nil || form.Close() != nil {
			w.t.Fatal(err)
		}
		return form.FormDataContentType(), b.Bytes()
	}},
	"POST /hq/store-master/imports/:list": {records: "store_list_columns_set", form: fields("column.0", "name_ko", "time_zone", "Asia/Seoul",
		"cutoff_minutes", "04:00", "status", "preparing")},
	"POST /hq/store-master/imports/:list/start": {records: "store_list_imported", form: func(w *walk) url.Values {
		return fields("digest", w.attribute(strings.TrimSuffix(w.asked, "/start")+"/preview", `name="digest" value="([^"]+)"`))(w)
	}},
	"POST /hq/store-master/stores/:code": {records: "store_changed", after: `"number":"02-999-0000"`, form: func(w *walk) url.Values {
		return fields("name", "산책점", "region", "서울", "address", "서울시 성동구 1", "phone", "02-999-0000", "time_zone", "Asia/Seoul",
			"cutoff_minutes", "05:00", "seen", w.attribute(w.asked, `name="seen" value="([^"]+)"`))(w)
	}},
}

// someone is a new person of the own store, who has signed in on another device.
func (w *walk) someone() (by auth.Principal, login string) {
	w.t.Helper()
	_, login = w.newMember()
	by, err := w.Members.Authenticate(w.t.Context(), w.Token(w.t, login, demo.Password))
	if err != nil {
		w.t.Fatal(err)
	}
	return by, login
}

// signedIn is someone, as whom the walk goes on.
func (w *walk) signedIn() (by auth.Principal, login string) {
	w.t.Helper()
	by, login = w.someone()
	w.browser = w.Browser(w.t, login, demo.Password)
	return by, login
}

// enrolled sets an authenticator app up and returns its secret and the recovery codes.
func (w *walk) enrolled(by auth.Principal) (secret string, recovery []string) {
	w.t.Helper()
	e, err := w.Members.BeginTOTP(w.t.Context(), by, demo.Password)
	if err != nil {
		w.t.Fatal(err)
	}
	code, err := totp.GenerateCode(e.Secret, time.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	if recovery, err = w.Members.ConfirmTOTP(w.t.Context(), by, code); err != nil {
		w.t.Fatal(err)
	}
	w.secrets = append(append(w.secrets, e.Secret), recovery...)
	return e.Secret, recovery
}

// nextCode is the code that the app shows half a minute later: it is taken already, and not used up by enrolling.
func (w *walk) nextCode(secret string) string {
	w.t.Helper()
	code, err := totp.GenerateCode(secret, time.Now().Add(30*time.Second))
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

// atName lets the walk ask for the site by a name: passkeys belong to no IP address.
func (w *walk) atName() {
	named := *w.Program
	named.URL = strings.Replace(w.URL, "127.0.0.1", siteName, 1)
	w.Program, w.browser = &named, w.Browser(w.t, "", "")
}

const siteName = "localhost"

// site is the one that passkeys are made for.
func (w *walk) site() members.Site {
	return members.Site{Host: siteName, Origin: strings.Replace(w.URL, "127.0.0.1", siteName, 1)}
}

// passkey is a device's key for the site: what an authenticator does, without the person's finger.
type passkey struct {
	w   *walk
	id  []byte
	key *ecdsa.PrivateKey
}

func newPasskey(w *walk) passkey {
	w.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	return passkey{w, []byte(rand.Text()), key}
}

// givenPasskey is a passkey that the person has.
func (w *walk) givenPasskey(by auth.Principal) passkey {
	w.t.Helper()
	key := newPasskey(w)
	c, err := w.Members.BeginPasskey(w.t.Context(), by, w.site(), demo.Password)
	if err == nil {
		err = w.Members.AddPasskey(w.t.Context(), by, w.site(), c.State, "walk", key.create(c.Options))
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return key
}

// ceremony begins one in the walk's browser and returns what it is given.
func (w *walk) ceremony(path string, form url.Values) json.RawMessage {
	w.t.Helper()
	res := w.request(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	defer func() { _ = res.Body.Close() }()
	var given struct {
		Options json.RawMessage
		Problem string
	}
	if err := json.NewDecoder(res.Body).Decode(&given); err != nil || res.StatusCode != http.StatusOK {
		w.t.Fatal(path, res.Status, given.Problem, err)
	}
	return given.Options
}

// answer is the body in which a browser sends a credential, with more members in pairs.
func (w *walk) answer(credential json.RawMessage, pairs ...string) (contentType string, body []byte) {
	doc := map[string]any{"credential": credential}
	for i := 0; i+1 < len(pairs); i += 2 {
		doc[pairs[i]] = pairs[i+1]
	}
	return "application/json", w.jsonOf(doc)
}

func (w *walk) jsonOf(doc any) []byte {
	w.t.Helper()
	b, err := json.Marshal(doc)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// Flags of authenticator data, WebAuthn section 6.1.
const (
	personPresent  = 0x01
	personVerified = 0x04
	keyAttached    = 0x40
)

// data is what the authenticator says of itself (WebAuthn section 6.1).
func (k passkey) data(flags byte) []byte {
	host := sha256.Sum256([]byte(siteName))
	return append(append(host[:], flags), 0, 0, 0, 0) // it counts nothing, as passkeys that are synchronised
}

func (k passkey) client(kind string, options json.RawMessage) []byte {
	k.w.t.Helper()
	var asked struct{ Challenge string }
	if err := json.Unmarshal(options, &asked); err != nil || asked.Challenge == "" {
		k.w.t.Fatal(string(options), err)
	}
	return k.w.jsonOf(map[string]any{"type": kind, "challenge": asked.Challenge, "origin": k.w.site().Origin, "crossOrigin": false})
}

func (k passkey) credential(response map[string]string) json.RawMessage {
	id := base64.RawURLEncoding.EncodeToString(k.id)
	return k.w.jsonOf(map[string]any{"id": id, "rawId": id, "type": "public-key", "response": response})
}

// create answers a registration: the public key in COSE (RFC 9053, ES256), without an attestation.
func (k passkey) create(options json.RawMessage) json.RawMessage {
	k.w.t.Helper()
	public, err := k.key.PublicKey.Bytes() // 0x04, x, y
	if err != nil {
		k.w.t.Fatal(err)
	}
	cose, err := webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: public[1:33], -3: public[33:]})
	if err != nil {
		k.w.t.Fatal(err)
	}
	data := append(k.data(personPresent|personVerified|keyAttached), make([]byte, 16)...) // no model
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(k.id))), k.id...)
	object, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": append(data, cose...)})
	if err != nil {
		k.w.t.Fatal(err)
	}
	return k.credential(map[string]string{
		"clientDataJSON":    base64.RawURLEncoding.EncodeToString(k.client("webauthn.create", options)),
		"attestationObject": base64.RawURLEncoding.EncodeToString(object),
	})
}

// sign answers a sign-in as the member.
func (k passkey) sign(options json.RawMessage, member ids.MemberID) json.RawMessage {
	k.w.t.Helper()
	data, client := k.data(personPresent|personVerified), k.client("webauthn.get", options)
	clientHash := sha256.Sum256(client)
	signed := sha256.Sum256(append(bytes.Clone(data), clientHash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, k.key, signed[:])
	if err != nil {
		k.w.t.Fatal(err)
	}
	return k.credential(map[string]string{
		"clientDataJSON":    base64.RawURLEncoding.EncodeToString(client),
		"authenticatorData": base64.RawURLEncoding.EncodeToString(data),
		"signature":         base64.RawURLEncoding.EncodeToString(signature),
		"userHandle":        base64.RawURLEncoding.EncodeToString(member.UUID[:]),
	})
}
