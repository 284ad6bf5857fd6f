package customer

import (
	"image"
	"image/color"
	"image/draw"
)

// fitting returns the size of a picture whose longer side is at most
// longestSide, in the same proportions.
func fitting(width, height int) (w, h int) {
	longer := max(width, height)
	if longer <= longestSide {
		return width, height
	}
	return max(1, width*longestSide/longer), max(1, height*longestSide/longer)
}

// shrink returns the picture in its fitting size on a white ground. Each pixel
// is the mean of those it stands for. The source is turned into colors band by
// band, so that no second copy of it is needed.
func shrink(src image.Image) *image.RGBA {
	from := src.Bounds()
	w, h := fitting(from.Dx(), from.Dy())
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	band := image.NewRGBA(image.Rect(0, 0, from.Dx(), from.Dy()/h+1))
	for y := range h {
		top, bottom := y*from.Dy()/h, (y+1)*from.Dy()/h
		rows := image.Rect(0, 0, from.Dx(), bottom-top)
		draw.Draw(band, rows, image.White, image.Point{}, draw.Src)
		draw.Draw(band, rows, src, image.Pt(from.Min.X, from.Min.Y+top), draw.Over)
		for x := range w {
			out.SetRGBA(x, y, mean(band, x*from.Dx()/w, (x+1)*from.Dx()/w, bottom-top))
		}
	}
	return out
}

// mean returns the mean color of columns [left, right) of the first rows.
func mean(band *image.RGBA, left, right, rows int) color.RGBA {
	var r, g, b, n int
	for y := range rows {
		line := band.Pix[y*band.Stride:]
		for i := 4 * left; i < 4*right; i += 4 {
			r, g, b, n = r+int(line[i]), g+int(line[i+1]), b+int(line[i+2]), n+1
		}
	}
	return color.RGBA{uint8(r / n), uint8(g / n), uint8(b / n), 0xff}
}
