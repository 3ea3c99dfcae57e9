package watch

// lives are the rows in the order in which they hear an event: running adds up what seeping
// looks at, scanning what swarmed, flooding and flooded do.
var lives = []*Live{
	newDevice, gone, firmwareChanged, updateWitnessed, newViewer, newPilot, pilot, firstContact, attempt,
	running, seeping, unusual, scanning, swarmed, flooding, flooded, clockChanged, takenOver, sideways,
}
