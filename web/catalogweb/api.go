package catalogweb

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"maru/internal/catalog"
	"maru/internal/catalog/catalogapi"
	"maru/internal/platform/auth"
	"maru/web/webkit"
	"maru/web/webkit/apikit"
)

type apiHandlers struct{ menu *catalog.Service }

// RegisterAPI adds the menu of the franchise to the JSON API. What a store sells is ordering's.
func RegisterAPI(api *apikit.API, menu *catalog.Service) {
	h := &apiHandlers{menu}
	apikit.Register(api, webkit.AtHQ(auth.EditMenu), huma.Operation{
		OperationID: "published-menu", Method: http.MethodGet, Path: "/menu",
		Summary: "The menu version in force", Tags: []string{"menu"},
		Description: "Everything the franchise sells, as it was last published. Prices are in minor units of the currency and include VAT. " +
			"404 with the code catalog.not_published before the first version.",
	}, h.published)
}

type menuOutput struct{ Body catalogapi.Menu }

func (h *apiHandlers) published(ctx context.Context, _ *struct{}) (*menuOutput, error) {
	menu, err := h.menu.Published(ctx)
	if err != nil {
		return nil, err
	}
	return &menuOutput{Body: menu}, nil
}
