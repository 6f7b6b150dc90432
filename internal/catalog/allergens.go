package catalog

import "maru/internal/kernel/lang"

// AllergenCodes lists the allergens of Korean food labelling, in the order of the regulation.
var AllergenCodes = []string{
	"eggs", "milk", "buckwheat", "peanut", "soy", "wheat", "mackerel", "crab", "shrimp", "pork", "peach", "tomato", "sulfites",
	"walnut", "chicken", "beef", "squid", "oyster", "abalone", "mussel", "clam", "pine_nut",
}

// AllergenStatuses lists what can be said about an allergen; not listed at all means unknown.
var AllergenStatuses = []string{"contains", "may_contain", "none"}

// AllergenName returns the name of an allergen as labels print it.
func AllergenName(code string) lang.Text {
	if t, ok := allergenNames[code]; ok {
		return t
	}
	return lang.Text{Ko: code, En: code}
}

var allergenNames = map[string]lang.Text{
	"eggs":      {Ko: "알류", En: "Eggs"},
	"milk":      {Ko: "우유", En: "Milk"},
	"buckwheat": {Ko: "메밀", En: "Buckwheat"},
	"peanut":    {Ko: "땅콩", En: "Peanut"},
	"soy":       {Ko: "대두", En: "Soy"},
	"wheat":     {Ko: "밀", En: "Wheat"},
	"mackerel":  {Ko: "고등어", En: "Mackerel"},
	"crab":      {Ko: "게", En: "Crab"},
	"shrimp":    {Ko: "새우", En: "Shrimp"},
	"pork":      {Ko: "돼지고기", En: "Pork"},
	"peach":     {Ko: "복숭아", En: "Peach"},
	"tomato":    {Ko: "토마토", En: "Tomato"},
	"sulfites":  {Ko: "아황산류", En: "Sulfites"},
	"walnut":    {Ko: "호두", En: "Walnut"},
	"chicken":   {Ko: "닭고기", En: "Chicken"},
	"beef":      {Ko: "쇠고기", En: "Beef"},
	"squid":     {Ko: "오징어", En: "Squid"},
	"oyster":    {Ko: "굴", En: "Oyster"},
	"abalone":   {Ko: "전복", En: "Abalone"},
	"mussel":    {Ko: "홍합", En: "Mussel"},
	"clam":      {Ko: "조개류", En: "Clams"},
	"pine_nut":  {Ko: "잣", En: "Pine nut"},
}
