package store

// hide makes a device hidden, or no longer so, at every site it was at. What is kept of the far
// ends of one that becomes hidden is added up to one sum an hour or a day.
func (x *tx) hide(device string, hidden bool) error {
	if _, err := x.exec("UPDATE parties SET hidden = ? WHERE device = ?", flag(hidden), device); err != nil {
		return err
	}
	x.after = append(x.after, func() { clear(x.s.names.parties) })
	clear(x.fresh.parties)
	if !hidden {
		return nil
	}
	return nil
}
