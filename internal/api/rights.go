package api

import (
	"slices"

	"cordon/internal/people"
)

// right is one row of the table: which roles may use an operation, how the site of what it is
// about is found, and whether it shows somebody's traffic. An owner may use every operation.
type right struct {
	roles []people.Role // besides the owner
	site  where         // the zero where: it belongs to no site, and is for those only who may see all
	feed  bool          // tokens of the role feed may use it too
	look  bool          // it shows the traffic of a device: that is noted in the audit log
}

// Who may use an operation.
var (
	anybody  = []people.Role{"anybody"} // without log-in
	self     = []people.Role{people.Operator, people.Viewer, people.Auditor, people.Installer}
	looks    = []people.Role{people.Operator, people.Viewer, people.Auditor}
	checks   = []people.Role{people.Auditor}
	decides  = []people.Role{people.Operator}
	installs = []people.Role{people.Operator, people.Installer}
	owns     = []people.Role{}
)

// rights is who may do what. An operation that has no row is for the owner alone, and turns
// TestRights red; TestRoles tries every row with every role.
var rights = map[string]right{
	"device.list":     {roles: self, site: byFilter},
	"device.table":    {roles: self, site: byFilter},
	"device.export":   {roles: self, site: byFilter},
	"device.get":      {roles: self, site: byDevice, look: true},
	"device.changes":  {roles: self, site: byDevice},
	"device.findings": {roles: self, site: byDevice},
	"device.facts":    {roles: looks, site: byDevice, look: true},
	"device.contacts": {roles: looks, site: byDevice, look: true},

	"device.notes":     {roles: self, site: byDevice},
	"device.note":      {roles: decides, site: byDevice},
	"device.note.drop": {roles: decides, site: byDevice},
	"finding.get":      {roles: self, site: byFinding},
	"finding.assign":   {roles: decides, site: byFinding},

	"flow.list":             {roles: looks, site: byDeviceAsked, look: true},
	"destination.top":       {roles: looks, site: byFilter},
	"destination.countries": {roles: looks, site: byFilter},

	"now.get":           {roles: looks, site: byFilter},
	"traffic.get":       {roles: looks, site: byFilter, look: true}, // where it asks for one device
	"finding.list":      {roles: self, site: byFilter},
	"alarm.list":        {roles: looks, site: byFilter},
	"alarm.get":         {roles: looks, site: byAlarm},
	"alarm.acknowledge": {roles: decides, site: byAlarm},
	"alarm.snooze":      {roles: decides, site: byAlarm},
	"alarm.assign":      {roles: decides, site: byAlarm},
	"alarm.resolve":     {roles: decides, site: byAlarm},
	"alarm.comment":     {roles: decides, site: byAlarm},
	"risk.list":         {roles: looks, site: byFilter},
	"risk.accept":       {roles: decides, site: byDeviceSent},
	"risk.end":          {roles: decides, site: byRisk},
	"rule.list":         {roles: looks},
	"rule.put":          {roles: owns},

	"site.list": {roles: self, site: byFilter},
	"site.get":  {roles: self, site: bySite},
	"site.put":  {roles: owns},
	"site.drop": {roles: owns},

	"settings.get": {roles: owns},
	"settings.put": {roles: owns},
	"setup.get":    {roles: owns},

	"claim.list":    {roles: looks}, // a line of the inventory names a site in the owner's words, or none
	"claim.export":  {roles: looks},
	"claim.import":  {roles: decides},
	"claim.drop":    {roles: decides},
	"supplier.list": {roles: looks},
	"supplier.put":  {roles: decides},
	"delivery.list": {roles: looks},
	"delivery.add":  {roles: decides},
	"delivery.put":  {roles: decides},

	"scan.list":        {roles: self, site: byFilter},
	"scan.start":       {roles: installs, site: bySiteSent},
	"import.nmap":      {roles: decides, site: bySiteAsked},
	"netbox.get":       {roles: looks},
	"netbox.push":      {roles: decides},
	"sensor.list":      {roles: looks},
	"knowledge.get":    {roles: self, site: anywhere},
	"knowledge.makers": {roles: looks, site: byFilter},
	"knowledge.clouds": {roles: looks, site: anywhere},
	"list.list":        {roles: looks, site: byFilter},
	"list.get":         {roles: looks, site: byFilter},
	"list.whatif":      {roles: looks, site: byFilter}, // a question with a body
	"census.get":       {roles: looks, site: byFilter},
	"event.follow":     {roles: self, site: anywhere}, // each event is held to the row of what it is about: see hears

	"door.look":           {roles: anybody},
	"door.claim":          {roles: anybody},
	"door.login":          {roles: anybody},
	"door.logout":         {roles: anybody},
	"door.invited":        {roles: anybody},
	"door.accept":         {roles: anybody},
	"door.passkey.begin":  {roles: anybody},
	"door.passkey":        {roles: anybody},
	"door.oidc.begin":     {roles: anybody},
	"door.oidc":           {roles: anybody},
	"me.get":              {roles: self, site: anywhere},
	"me.password":         {roles: self, site: anywhere},
	"me.recovery":         {roles: self, site: anywhere},
	"me.totp":             {roles: self, site: anywhere},
	"me.totp.confirm":     {roles: self, site: anywhere},
	"me.totp.drop":        {roles: self, site: anywhere},
	"me.passkey.begin":    {roles: self, site: anywhere},
	"me.passkey":          {roles: self, site: anywhere},
	"me.passkey.drop":     {roles: self, site: anywhere},
	"me.sessions":         {roles: self, site: anywhere},
	"me.sessions.end":     {roles: self, site: anywhere},
	"me.sessions.others":  {roles: self, site: anywhere},
	"person.list":         {roles: checks},
	"person.add":          {roles: owns},
	"person.edit":         {roles: owns},
	"person.drop":         {roles: owns},
	"person.invite":       {roles: owns},
	"person.claim":        {roles: owns},
	"person.sessions":     {roles: owns},
	"person.sessions.end": {roles: owns},

	"me.notify":      {roles: self, site: anywhere},
	"me.notify.put":  {roles: self, site: anywhere},
	"channel.list":   {roles: checks},
	"channel.create": {roles: owns},
	"channel.put":    {roles: owns},
	"channel.delete": {roles: owns},
	"channel.test":   {roles: owns},

	"report.list":   {roles: looks, site: byFilter},
	"report.get":    {roles: looks, site: byReport},
	"report.file":   {roles: looks, site: byReport},
	"report.make":   {roles: decides, site: byReportSent},
	"report.review": {roles: decides, site: byReport},
	"report.delete": {roles: decides, site: byReport},
	"key.get":       {roles: self, site: anywhere},

	"feed.get": {roles: looks, site: byFilter, feed: true},

	"audit.list":   {roles: checks},
	"token.list":   {roles: checks},
	"token.create": {roles: owns},
	"token.revoke": {roles: owns},

	// Pages that are no operations of the API.
	"page.status":  {roles: looks},
	"page.metrics": {roles: looks},
	"page.docs":    {roles: self, site: anywhere},
	"page.ready":   {roles: self, site: anywhere},
}

// open reports whether an operation is for everybody, without log-in.
func (r right) open() bool { return slices.Equal(r.roles, anybody) }

// words are the roles that may use the operation, the owner first.
func (r right) words() []string {
	out := []string{string(people.Owner)}
	for _, role := range r.roles {
		out = append(out, string(role))
	}
	return out
}

// allows reports whether a role may use the operation at some site.
func (r right) allows(role people.Role) bool {
	return role == people.Owner || role == feeds && r.feed || role.Valid() && slices.Contains(r.roles, role)
}

// may reports whether somebody may use an operation, at his sites where he is held to some.
func (p *person) may(id string) bool {
	r := rights[id]
	return r.open() || r.allows(p.role) && (p.sites == nil || r.site.find != nil)
}

// can gives the ids of the operations that somebody may use, sorted: what a page offers him.
func (s *Server) can(p *person) []string {
	out := []string{}
	for _, op := range s.operations() {
		if p.may(op.OperationID) {
			out = append(out, op.OperationID)
		}
	}
	slices.Sort(out)
	return out
}
