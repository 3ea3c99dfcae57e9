package lab

import "encoding/base64"

// The picture of every simulated camera: small, and nobody is in it.
const (
	pictureWidth, pictureHeight = 160, 96
	frameRate                   = 5
	macroblocks                 = (pictureWidth / 16) * (pictureHeight / 16)
)

// bits writes the bit strings of H.264 (ITU-T H.264, 7.2 and 9.1).
type bits struct {
	b []byte
	n int // bits of the last byte in use, 0 to 7
}

func (w *bits) u(width int, v uint32) {
	for i := width - 1; i >= 0; i-- {
		if w.n == 0 {
			w.b = append(w.b, 0)
		}
		w.b[len(w.b)-1] |= byte(v>>i&1) << (7 - w.n)
		w.n = (w.n + 1) & 7
	}
}

// ue writes unsigned Exp-Golomb.
func (w *bits) ue(v uint32) {
	width := 0
	for v+1 >= 1<<(width+1) {
		width++
	}
	w.u(width, 0)
	w.u(width+1, v+1)
}

// align fills the byte with zeros.
func (w *bits) align() { w.n = 0 }

// nal ends a unit (rbsp_trailing_bits) and gives it with its header byte and the emulation
// prevention of 7.4.1.
func (w *bits) nal(header byte) []byte {
	w.u(1, 1)
	out, zeros := []byte{header}, 0
	for _, c := range w.b {
		if zeros >= 2 && c <= 3 {
			out, zeros = append(out, 3), 0
		}
		if out = append(out, c); c == 0 {
			zeros++
		} else {
			zeros = 0
		}
	}
	return out
}

// pictureSPS is the sequence parameter set: constrained baseline, level 3, no picture refers
// to another (7.3.2.1).
var pictureSPS = func() []byte {
	w := &bits{b: []byte{66, 0xc0, 30}}
	w.ue(0) // seq_parameter_set_id
	w.ue(0) // log2_max_frame_num_minus4
	w.ue(2) // pic_order_cnt_type
	w.ue(1) // max_num_ref_frames
	w.u(1, 0)
	w.ue(pictureWidth/16 - 1)
	w.ue(pictureHeight/16 - 1)
	w.u(1, 1) // frame_mbs_only_flag
	w.u(1, 1) // direct_8x8_inference_flag
	w.u(2, 0) // no cropping, no VUI
	return w.nal(0x67)
}()

// picturePPS is the picture parameter set: CAVLC, one slice group (7.3.2.2).
var picturePPS = func() []byte {
	w := &bits{}
	w.ue(0)
	w.ue(0)
	w.u(2, 0) // CAVLC, no bottom field order
	w.ue(0)   // one slice group
	w.ue(0)
	w.ue(0)
	w.u(3, 0) // no weighted prediction
	w.ue(0)
	w.ue(0)
	w.ue(0)
	w.u(3, 0b100) // deblocking control present
	return w.nal(0x68)
}()

// pictureFrame is frame number i: grey slopes with a bar that moves, as macroblocks of plain
// samples (I_PCM, 7.3.5), about 23 kB.
func pictureFrame(i int) []byte {
	w := &bits{b: make([]byte, 0, macroblocks*390)}
	w.ue(0)             // first_mb_in_slice
	w.ue(7)             // slice_type I
	w.ue(0)             // pic_parameter_set_id
	w.u(4, 0)           // frame_num
	w.ue(uint32(i & 1)) // idr_pic_id differs from its neighbour's
	w.u(2, 0)           // dec_ref_pic_marking
	w.ue(0)             // slice_qp_delta
	w.ue(1)             // no deblocking
	for mb := range macroblocks {
		w.ue(25) // I_PCM
		w.align()
		column, row := mb%(pictureWidth/16), mb/(pictureWidth/16)
		for y := range 16 {
			for x := range 16 {
				w.b = append(w.b, shade(column*16+x, row*16+y, i))
			}
		}
		for range 128 {
			w.b = append(w.b, 128) // no colour
		}
	}
	return w.nal(0x65)
}

// shade is the brightness of a point; between 16 and 235.
func shade(x, y, frame int) byte {
	if bar := frame * 4 % pictureWidth; x >= bar && x < bar+8 {
		return 200
	}
	return byte(40 + x/2 + y/2)
}

// spropSets is the sprop-parameter-sets of the SDP (RFC 6184, 8.1).
func spropSets() string {
	return base64.StdEncoding.EncodeToString(pictureSPS) + "," + base64.StdEncoding.EncodeToString(picturePPS)
}
