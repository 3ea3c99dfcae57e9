// Package report turns an audit into what people and programs read: a terminal table,
// explanations, JSON, events, CSV, an HTML page, block lists, and the difference between
// two audits. It promises that text from the network stays text in every medium (each
// renderer escapes for its own), that the same audit gives the same bytes, and that
// large audits are written without building them whole where the format allows it.
// It judges nothing and opens nothing: it writes to the io.Writer that it is given.
package report
