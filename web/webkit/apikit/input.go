package apikit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
	fast "github.com/go-json-experiment/json"

	"maru/internal/kernel/lang"
	"maru/web/webkit/problem"
)

var problemType = reflect.TypeFor[problem.Problem]()

const (
	msgBadJSON = "not valid JSON at byte %d"
	msgNoJSON  = "not valid JSON"
)

// jsonFormat reads and writes bodies. What is wrong with a body is said without quoting it.
var jsonFormat = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		return e.Encode(v)
	},
	Unmarshal: func(data []byte, v any) error {
		// Twice as fast as the standard library, and stricter. What it refuses is read again for an answer
		// that says where the mistake is.
		if fast.Unmarshal(data, v) == nil {
			return nil
		}
		err := json.Unmarshal(data, v)
		var syntax *json.SyntaxError
		var wrong *json.UnmarshalTypeError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &syntax):
			return fmt.Errorf(msgBadJSON, syntax.Offset)
		case errors.As(err, &wrong):
			return fmt.Errorf(msgBadJSON, wrong.Offset)
		}
		return errors.New(msgNoJSON)
	},
}

// fieldName is how a caller names the input: "lines[0].size" for "body.lines[0].size".
func fieldName(location string) string {
	for _, where := range []string{"body.", "path.", "query.", "header."} {
		if rest, ok := strings.CutPrefix(location, where); ok {
			return rest
		}
	}
	if location == "body" {
		return ""
	}
	return location
}

var requiredMember = form(validation.MsgExpectedRequiredProperty)

// missingMember returns the name of the member that huma misses; its location is only that of the
// object around it.
func missingMember(message string) string {
	if m := requiredMember.FindStringSubmatch(message); m != nil {
		return m[1]
	}
	return ""
}

// sentence is what one of huma's messages means for a person; {1}, {2} are its arguments.
type sentence struct {
	form *regexp.Regexp
	text lang.Text
}

// sentences translates huma's messages, most particular first.
var sentences = makeSentences([][3]string{
	{msgBadJSON, "JSON이 {1}바이트 자리에서 틀렸어요.", "The JSON is wrong at byte {1}."},
	{msgNoJSON, "JSON이 아니에요.", "That is not JSON."},
	{validation.MsgUnexpectedProperty, "모르는 항목이에요. 이름을 확인해 주세요.", "There is no such member. Check its name."},
	{validation.MsgExpectedRequiredProperty, "{1} 항목이 필요해요.", "The member {1} is required."},
	{validation.MsgExpectedDependentRequiredProperty, "{2} 항목이 있으면 {1} 항목도 필요해요.", "With {2}, the member {1} is required."},
	{validation.MsgExpectedRFC3339DateTime, "2026-11-22T09:00:00Z 같은 시각이어야 해요.", "Write a moment as in 2026-11-22T09:00:00Z."},
	{validation.MsgExpectedRFC3339Date, "2026-11-22 같은 날짜여야 해요.", "Write a date as in 2026-11-22."},
	{validation.MsgExpectedRFC4122UUID, "UUID여야 해요.", "Write a UUID."},
	{validation.MsgExpectedBoolean, "true나 false여야 해요.", "Write true or false."},
	{validation.MsgExpectedNumber, "숫자여야 해요.", "Write a number."},
	{validation.MsgExpectedInteger, "정수여야 해요.", "Write a whole number."},
	{validation.MsgExpectedString, "문자열이어야 해요.", "Write a string."},
	{validation.MsgExpectedArray, "배열이어야 해요.", "Write an array."},
	{validation.MsgExpectedObject, "객체여야 해요.", "Write an object."},
	{validation.MsgExpectedArrayItemsUnique, "같은 값이 두 번 있어요.", "A value is there twice."},
	{validation.MsgExpectedOneOf, "다음 가운데 하나여야 해요: {1}", "Write one of: {1}"},
	{validation.MsgExpectedMinimumNumber, "{1} 이상이어야 해요.", "Write at least {1}."},
	{validation.MsgExpectedExclusiveMinimumNumber, "{1}보다 커야 해요.", "Write more than {1}."},
	{validation.MsgExpectedMaximumNumber, "{1} 이하여야 해요.", "Write at most {1}."},
	{validation.MsgExpectedExclusiveMaximumNumber, "{1}보다 작아야 해요.", "Write less than {1}."},
	{validation.MsgExpectedMinLength, "{1}자 이상이어야 해요.", "Write at least {1} characters."},
	{validation.MsgExpectedMaxLength, "{1}자 이하여야 해요.", "Write at most {1} characters."},
	{validation.MsgExpectedMinItems, "{1}개 이상이어야 해요.", "Send at least {1}."},
	{validation.MsgExpectedMaxItems, "{1}개 이하여야 해요.", "Send at most {1}."},
	{validation.MsgExpectedMatchPattern, "{1} 형식이어야 해요.", "It has to match {1}."},
})

func makeSentences(table [][3]string) []sentence {
	all := make([]sentence, len(table))
	for i, row := range table {
		all[i] = sentence{form: form(row[0]), text: lang.Text{Ko: row[1], En: row[2]}}
	}
	return all
}

// form matches what a format of fmt makes, its arguments in groups.
func form(format string) *regexp.Regexp {
	return regexp.MustCompile(`^` + regexp.MustCompile(`%[vsd]`).ReplaceAllString(regexp.QuoteMeta(format), `(.*)`) + `$`)
}

// explain says in l what one of huma's messages means; what has no sentence is "check this value".
func explain(message string, l lang.Lang) string {
	for _, s := range sentences {
		if m := s.form.FindStringSubmatch(message); m != nil {
			text := s.text
			for i, argument := range m[1:] {
				text = text.With(fmt.Sprint(i+1), argument)
			}
			return text.In(l)
		}
	}
	return errInput.Text.In(l)
}
