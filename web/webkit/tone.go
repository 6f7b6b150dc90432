package webkit

// The classes of tones are whole literals, because Tailwind finds classes by reading the source.

func toneTag(t Tone) string {
	switch t {
	case Good:
		return "tag-good"
	case Warm:
		return "tag-warm"
	case Low:
		return "tag-low"
	case Bad:
		return "tag-bad"
	case Inform:
		return "tag-inform"
	case Neutral:
	}
	return "tag-neutral"
}

func toneNotice(t Tone) string {
	switch t {
	case Good:
		return "notice-good"
	case Warm:
		return "notice-warm"
	case Low:
		return "notice-low"
	case Bad:
		return "notice-bad"
	case Inform:
		return "notice-inform"
	case Neutral:
	}
	return "notice-neutral"
}

func toneText(t Tone) string {
	switch t {
	case Good:
		return "tone-good"
	case Warm:
		return "tone-warm"
	case Low:
		return "tone-low"
	case Bad:
		return "tone-bad"
	case Inform:
		return "tone-inform"
	case Neutral:
	}
	return "tone-neutral"
}
