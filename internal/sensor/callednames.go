package sensor

// calledNames is how openers called the far end of connections, by the log's own number of
// each: the lines about a connection's names come before the one about the connection. It is
// bounded: of two generations the older is forgotten.
type calledNames struct {
	young, old map[string]Name
}

// maxCalledNames is how many one generation holds, some 10 MB.
const maxCalledNames = 1 << 16

// note remembers a name: the better of two, in the order of nameKinds.
func (c *calledNames) note(id, name, from string) {
	if name = farName("", name); id == "" || len(id) > 64 || name == "" {
		return
	}
	if had, ok := c.of(id); ok && nameRank(had.From) <= nameRank(from) {
		return
	}
	if len(c.young) >= maxCalledNames {
		c.old, c.young = c.young, nil
	}
	if c.young == nil {
		c.young = map[string]Name{}
	}
	c.young[id] = Name{name, from}
}

// of gives the name.
func (c *calledNames) of(id string) (Name, bool) {
	if n, ok := c.young[id]; ok {
		return n, true
	}
	n, ok := c.old[id]
	return n, ok
}

func nameRank(from string) int {
	for i := range nameKinds {
		if nameKinds[i].from == from {
			return i
		}
	}
	return len(nameKinds)
}
