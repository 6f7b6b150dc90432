package membersweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/web/webkit"
	"maru/web/webkit/apikit"
)

type apiHandlers struct {
	members *members.Service
	now     func() time.Time
}

// RegisterAPI adds signing in and out, and the stores of a person, to the JSON API.
func RegisterAPI(api *apikit.API, service *members.Service, now func() time.Time) {
	h := &apiHandlers{members: service, now: now}
	session := []string{"session"}
	apikit.Register(api, webkit.Public, huma.Operation{
		OperationID: "sign-in", Method: http.MethodPost, Path: "/session", Tags: session,
		Summary:     "Sign in",
		Description: "Five failures lock the account for a minute and then for longer: 429. So do thirty failures of one address.",
		Errors:      []int{http.StatusUnauthorized, http.StatusTooManyRequests},
	}, h.signIn)
	apikit.Register(api, webkit.Public, huma.Operation{
		OperationID: "refresh-session", Method: http.MethodPost, Path: "/session/refresh", Tags: session,
		Summary: "Exchange a refresh token for new tokens",
		Description: "A refresh token is good once; keep the one in the answer. Within 20 seconds the same token gives the same " +
			"answer again, for answers that were lost. Used after that it ends the session, because somebody has a copy.",
		Errors: []int{http.StatusUnauthorized},
	}, h.refresh)
	apikit.Register(api, webkit.SignedIn, huma.Operation{
		OperationID: "sign-out", Method: http.MethodDelete, Path: "/session", Tags: session,
		Summary: "Sign out", DefaultStatus: http.StatusNoContent,
	}, h.signOut)
	apikit.Register(api, webkit.Caller, huma.Operation{
		OperationID: "who-am-i", Method: http.MethodGet, Path: "/session", Tags: session,
		Summary: "Who is signed in, and their stores",
	}, h.whoAmI)
	apikit.Register(api, webkit.Caller, huma.Operation{
		OperationID: "list-stores", Method: http.MethodGet, Path: "/stores", Tags: []string{"stores"},
		Summary: "The stores you may see",
	}, h.stores)
}

type signInInput struct {
	UserAgent string `header:"User-Agent" hidden:"true"`
	Body      struct {
		Login    string `json:"login" minLength:"1" maxLength:"200" example:"gangnam-owner"`
		Password string `json:"password" minLength:"1" maxLength:"1000"`
		Code     string `json:"code,omitempty" maxLength:"40" doc:"Of the authenticator app, or a recovery code, where the account uses one: without it the answer is members.code_needed"`
	}
}

type apiTokens struct {
	AccessToken  string `json:"access_token" doc:"Send it as Authorization: Bearer …"`
	TokenType    string `json:"token_type" enum:"Bearer"`
	ExpiresIn    int    `json:"expires_in" doc:"Seconds until the access token expires"`
	RefreshToken string `json:"refresh_token" doc:"Good once, for 30 days"`
}

type tokensOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         apiTokens
}

func (h *apiHandlers) signIn(ctx context.Context, in *signInInput) (*tokensOutput, error) {
	session, err := h.members.SignIn(ctx, members.SignIn{
		Login: in.Body.Login, Password: in.Body.Password, Code: in.Body.Code, Device: in.UserAgent, Address: webkit.ClientAddress(ctx),
	})
	if err != nil {
		return nil, err
	}
	return h.tokens(session), nil
}

type refreshInput struct {
	Body struct {
		RefreshToken string `json:"refresh_token" minLength:"1" maxLength:"200"`
	}
}

func (h *apiHandlers) refresh(ctx context.Context, in *refreshInput) (*tokensOutput, error) {
	session, err := h.members.RefreshPerson(ctx, in.Body.RefreshToken)
	if err != nil {
		return nil, err
	}
	return h.tokens(session), nil
}

func (h *apiHandlers) tokens(s members.Session) *tokensOutput {
	return &tokensOutput{CacheControl: "no-store", Body: apiTokens{
		AccessToken: s.AccessToken, TokenType: "Bearer", RefreshToken: s.RefreshToken,
		ExpiresIn: int(s.AccessExpires.Sub(h.now()).Round(time.Second).Seconds()),
	}}
}

func (h *apiHandlers) signOut(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, h.members.SignOut(ctx, apikit.Principal(ctx))
}

type apiStore struct {
	ID       ids.StoreID `json:"id"`
	Code     string      `json:"code" doc:"Names the store in URLs"`
	Name     lang.Text   `json:"name"`
	Region   string      `json:"region"`
	Address  string      `json:"address"`
	Phone    string      `json:"phone"`
	TimeZone string      `json:"time_zone" example:"Asia/Seoul"`
	Cutoff   int         `json:"cutoff_minutes" doc:"Minutes after midnight at which the business day ends"`
}

type whoOutput struct {
	Body struct {
		ID     ids.MemberID `json:"id"`
		Name   string       `json:"name"`
		Role   auth.Role    `json:"role" enum:"hq_admin,hq_operations,hq_menu,hq_support,hq_analyst,owner,manager,staff,hq_key,store_key"`
		Stores []apiStore   `json:"stores" doc:"Where you work; empty for headquarters, who may see every store"`
	}
}

func (h *apiHandlers) whoAmI(ctx context.Context, _ *struct{}) (*whoOutput, error) {
	by := apikit.Principal(ctx)
	stores := []apiStore{}
	if !by.AtHQ() {
		var err error
		if stores, err = h.storesOf(ctx, by); err != nil {
			return nil, err
		}
	}
	out := &whoOutput{}
	out.Body.ID, out.Body.Name, out.Body.Role, out.Body.Stores = by.Member, by.Name, by.Role, stores
	return out, nil
}

type storesOutput struct {
	Body struct {
		Stores []apiStore `json:"stores"`
	}
}

func (h *apiHandlers) stores(ctx context.Context, _ *struct{}) (*storesOutput, error) {
	stores, err := h.storesOf(ctx, apikit.Principal(ctx))
	if err != nil {
		return nil, err
	}
	out := &storesOutput{}
	out.Body.Stores = stores
	return out, nil
}

func (h *apiHandlers) storesOf(ctx context.Context, by auth.Principal) ([]apiStore, error) {
	entries, err := h.members.StoresOf(ctx, by)
	if err != nil {
		return nil, err
	}
	stores := make([]apiStore, len(entries))
	for i, e := range entries {
		stores[i] = apiStore{
			ID: e.ID, Code: e.Code, Name: e.Name, Region: e.Region, Address: e.Address, Phone: e.Phone,
			TimeZone: e.TimeZone, Cutoff: int(e.Cutoff),
		}
	}
	return stores, nil
}
