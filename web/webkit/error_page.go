package webkit

import (
	"net/http"

	"maru/internal/kernel/lang"
)

func errorTitle(status int) lang.Text {
	switch status {
	case http.StatusNotFound:
		return text.NotFoundTitle
	case http.StatusForbidden:
		return text.ForbiddenTitle
	}
	return text.ErrorTitle
}
