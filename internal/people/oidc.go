package people

// Provider is an OIDC provider of the configuration.
type Provider struct {
	Name     string // in the path of the log-in, and on its button
	Issuer   string
	ClientID string
	Secret   string
	Groups   string // the claim that lists groups; empty: "groups"
	Roles    []GroupRole
}

// GroupRole says which role the members of a group have. The first that fits counts.
type GroupRole struct {
	Group string
	Role  Role
	Sites []string // nil: all
}
