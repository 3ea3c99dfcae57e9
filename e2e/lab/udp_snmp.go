package lab

import (
	"context"
	"encoding/asn1"
	"net"
	"slices"
	"strconv"
	"strings"
)

// snmpMessage is a message of SNMP version 1 or 2c (RFC 1157, RFC 3416). The tags of the
// requests are context-specific, which encoding/asn1 reads as raw values.
type snmpMessage struct {
	Version   int
	Community []byte
	PDU       asn1.RawValue
}

type snmpPDU struct {
	ID, Status, Index int
	Bindings          []snmpBinding
}

type snmpBinding struct {
	Name  asn1.ObjectIdentifier
	Value asn1.RawValue
}

// snmp answers GET and GETNEXT for the system group (RFC 3418) to who knows the community.
func (l *life) snmp(_ context.Context, c net.PacketConn, from net.Addr, b []byte) {
	var m snmpMessage
	if _, err := asn1.Unmarshal(b, &m); err != nil || string(m.Community) != l.model.SNMP.Community {
		return
	}
	if m.PDU.Class != asn1.ClassContextSpecific || m.PDU.Tag != 0 && m.PDU.Tag != 1 {
		return
	}
	next := m.PDU.Tag == 1
	var p snmpPDU
	if _, err := asn1.UnmarshalWithParams(m.PDU.FullBytes, &p, "tag:"+strconv.Itoa(m.PDU.Tag)); err != nil || len(p.Bindings) > 16 {
		return
	}
	for i := range p.Bindings {
		l.snmpFill(&p.Bindings[i], next)
	}
	pdu, err := asn1.MarshalWithParams(p, "tag:2") // GetResponse
	if err != nil {
		return
	}
	m.PDU = asn1.RawValue{FullBytes: pdu}
	if out, err := asn1.Marshal(m); err == nil {
		c.WriteTo(out, from)
	}
}

// snmpFill puts the value of an object, or of the next one, into a binding; noSuchObject
// (RFC 3416, 3) where there is none.
func (l *life) snmpFill(b *snmpBinding, next bool) {
	m := l.model.SNMP
	system := func(n int) asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 3, 6, 1, 2, 1, 1, n, 0} }
	object := asn1.ObjectIdentifier{}
	for _, part := range strings.Split(m.ObjectID, ".") {
		n, _ := strconv.Atoi(part)
		object = append(object, n)
	}
	rows := []struct {
		name  asn1.ObjectIdentifier
		value any
	}{
		{system(1), []byte(l.say(m.Descr, nil))}, {system(2), object}, {system(4), []byte("")}, {system(5), []byte(l.say(m.SysName, nil))}, {system(6), []byte("")},
	}
	for _, r := range rows {
		if !next && r.name.Equal(b.Name) || next && slices.Compare(r.name, b.Name) > 0 {
			if der, err := asn1.Marshal(r.value); err == nil {
				b.Name, b.Value = r.name, asn1.RawValue{FullBytes: der}
				return
			}
		}
	}
	b.Value = asn1.RawValue{FullBytes: []byte{0x80, 0}}
}
