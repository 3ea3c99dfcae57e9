package find

// vendorProtocols are the protocols that one maker's devices speak: discovery,
// search tools, P2P clouds. They are tried after the general ones, in this order.
var vendorProtocols = []*Protocol{
	sadpProtocol,
	sadpFrameProtocol,
	dhipProtocol,
	xmSearchProtocol,
	dahuaSearchProtocol,
	dahuaProtocol,
	easy4ipProtocol,
	xiongmaiProtocol,
	tvtProtocol,
	kasaProtocol,
	kasaControlProtocol,
	tapoProtocol,
	tuyaProtocol,
	tuyaControlProtocol,
	ppppProtocol,
	reolinkProtocol,
	reolinkUDPProtocol,
	ubiquitiProtocol,
	dlinkProtocol,
	edimaxProtocol,
	hiflyingProtocol,
	tutkProtocol,
}
