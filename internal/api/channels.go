package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"cordon/internal/notify"
	"cordon/internal/people"
)

// channelBody is a channel as somebody sets it up.
type channelBody struct {
	Name     string            `json:"name" minLength:"1" maxLength:"100" doc:"Unique."`
	Kind     string            `json:"kind" enum:"email,ntfy,telegram,webhook,mqtt,syslog,cef,eve"`
	Off      bool              `json:"off,omitempty" doc:"Nothing is sent; what waits, waits."`
	Offered  bool              `json:"offered,omitempty" doc:"People may choose it for themselves."`
	Settings notify.Settings   `json:"settings"`
	Secrets  map[string]string `json:"secrets,omitempty" writeOnly:"true" doc:"By name: password, token or key. They are never given back. One that is left out stays what it was, as long as the channel leads to the same server; an empty one is forgotten."`
	Route    *notify.Wish      `json:"route,omitempty" doc:"What goes there, whoever wants it; left out: only what people choose."`
}

func (b *channelBody) edit() notify.ChannelEdit { return notify.ChannelEdit(*b) }

type channelInput struct{ Body channelBody }

type channelPutInput struct {
	IDInput
	Body channelBody
}

// channelsOutput is every channel, with what there could be.
type channelsOutput struct {
	Body struct {
		Items []notify.Channel `json:"items" nullable:"false"`
		Kinds []*notify.Kind   `json:"kinds" nullable:"false" doc:"What a channel may be, with the settings and secrets that each knows."`
	}
}

type channelTestInput struct {
	IDInput
	Body *struct {
		Address string `json:"address,omitempty" maxLength:"300" format:"email" doc:"E-mail: send it here, in place of the channel's own recipients."`
	} `required:"false"`
}

// myNotify is what somebody wants to hear of, with what he may choose from.
type myNotify struct {
	notify.Personal
	Offered []notify.OfferedChannel `json:"offered" readOnly:"true" nullable:"false"`
}

type myNotifyInput struct{ Body notify.Personal }

func (s *Server) channels() {
	list := operation(http.MethodGet, "/v1/channels", "channel.list", "notifications", "Where notifications go, and how each is doing; no secrets")
	answer(s, list, s.listChannels)
	create := operation(http.MethodPost, "/v1/channels", "channel.create", "notifications", "Set up a channel")
	create.DefaultStatus = http.StatusCreated
	change(s, create, func(ctx context.Context, in *channelInput, d *done) (*one[notify.Channel], error) {
		if s.Notify == nil {
			return nil, missing("notifications")
		}
		c, err := s.Notify.AddChannel(ctx, in.Body.edit())
		d.about, d.detail = "channel "+in.Body.Name, in.Body.Kind
		return oneOf(c, err)
	})
	put := operation(http.MethodPut, "/v1/channels/{id}", "channel.put", "notifications", "Set a channel up anew, in place of what it was")
	put.Description = "What waits for it goes the new way. Secrets that are left out stay, unless the channel leads to another server."
	change(s, put, func(ctx context.Context, in *channelPutInput, d *done) (*one[notify.Channel], error) {
		if s.Notify == nil {
			return nil, missing("notifications")
		}
		c, err := s.Notify.PutChannel(ctx, in.ID, in.Body.edit())
		d.about, d.detail = "channel "+in.Body.Name, in.Body.Kind
		return oneOf(c, err)
	})
	remove := operation(http.MethodDelete, "/v1/channels/{id}", "channel.delete", "notifications", "Remove a channel, and what waits for it")
	change(s, remove, s.removeChannel)
	try := operation(http.MethodPost, "/v1/channels/{id}/test", "channel.test", "notifications", "Send a test message now, and say what the server answered")
	try.Description = "It goes past the queue, and also where the channel is off. A server that refuses is an answer (ok false), not an error; it may take 20 seconds."
	act(s, try, s.testChannel)
	s.myChannels()
}

func (s *Server) listChannels(ctx context.Context, _ *struct{}) (*channelsOutput, error) {
	if s.Notify == nil {
		return nil, missing("notifications")
	}
	all, err := s.Notify.Channels(ctx)
	var out channelsOutput
	out.Body.Items, out.Body.Kinds = append([]notify.Channel{}, all...), notify.Kinds()
	return &out, err
}

func (s *Server) removeChannel(ctx context.Context, in *IDInput, d *done) (*struct{}, error) {
	if s.Notify == nil {
		return nil, missing("notifications")
	}
	c, err := s.Notify.Channel(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	d.about, d.detail = "channel "+c.Name, c.Kind
	return nil, s.Notify.RemoveChannel(ctx, in.ID)
}

func (s *Server) testChannel(ctx context.Context, in *channelTestInput, d *done) (*one[notify.Tested], error) {
	if s.Notify == nil {
		return nil, missing("notifications")
	}
	to := ""
	if in.Body != nil {
		to = in.Body.Address
	}
	c, err := s.Notify.Channel(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	t, err := s.Notify.Test(ctx, in.ID, to)
	d.about, d.detail = "channel "+c.Name, fmt.Sprintf("ok %v", t.OK)
	return oneOf(t, err)
}

// myChannels registers what everybody says for himself.
func (s *Server) myChannels() {
	answer(s, forMyself(http.MethodGet, "/v1/me/notify", "me.notify", "Of what I want to hear, when and where"), s.myWish)
	change(s, forMyself(http.MethodPut, "/v1/me/notify", "me.notify.put", "Say of what I want to hear, in place of what it was"), s.putMyWish)
}

// wisher is the name under which the wish of who asks is kept.
func wisher(p *people.Person) string { return strconv.FormatInt(p.ID, 10) }

func (s *Server) myWish(ctx context.Context, _ *struct{}) (*one[myNotify], error) {
	p, _, err := myself(ctx)
	if err != nil {
		return nil, err
	}
	if s.Notify == nil {
		return nil, missing("notifications")
	}
	var out myNotify
	if out.Personal, err = s.Notify.Wish(ctx, wisher(&p)); err == nil {
		out.Offered, err = s.Notify.Offers(ctx)
	}
	return oneOf(out, err)
}

func (s *Server) putMyWish(ctx context.Context, in *myNotifyInput, d *done) (*one[myNotify], error) {
	p, _, err := myself(ctx)
	if err != nil {
		return nil, err
	}
	if s.Notify == nil {
		return nil, missing("notifications")
	}
	d.about = called(&p)
	if err := s.Notify.PutWish(ctx, wisher(&p), in.Body); err != nil {
		return nil, err
	}
	return s.myWish(ctx, nil)
}
