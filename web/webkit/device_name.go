package webkit

import (
	"strings"

	"maru/internal/kernel/lang"
)

// DeviceName says what a User-Agent is in words that its owner knows: "Chrome · Android".
func DeviceName(agent string) lang.Text {
	browser, system := firstIn(agent, browsers), firstIn(agent, systems)
	switch {
	case browser != "" && system != "":
		return lang.Text{Ko: browser + " · " + system, En: browser + " · " + system}
	case browser != "" || system != "":
		return lang.Text{Ko: browser + system, En: browser + system}
	case agent == "":
		return text.UnknownDevice
	}
	name, _, _ := strings.Cut(agent, " ")
	if runes := []rune(name); len(runes) > 40 {
		name = string(runes[:40])
	}
	return text.ProgramDevice.With("name", name)
}

// Every browser claims to be the older ones as well, so the order counts.
var (
	browsers = [][2]string{
		{"SamsungBrowser/", "Samsung Internet"},
		{"Whale/", "Whale"},
		{"Edg/", "Edge"},
		{"EdgA/", "Edge"},
		{"OPR/", "Opera"},
		{"KAKAOTALK", "KakaoTalk"},
		{"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"},
		{"Chrome/", "Chrome"},
		{"Safari/", "Safari"},
	}
	systems = [][2]string{
		{"iPad", "iPad"}, {"iPhone", "iPhone"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "Mac"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	}
)

func firstIn(agent string, marks [][2]string) string {
	for _, m := range marks {
		if strings.Contains(agent, m[0]) {
			return m[1]
		}
	}
	return ""
}
