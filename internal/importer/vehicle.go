package importer

import (
	"errors"
	"strconv"
	"strings"
)

// vinValue and vinWeight are the transliteration and the weights of the check
// digit, 49 CFR 565.15(c).
var vinValue = map[byte]int{
	'A': 1, 'B': 2, 'C': 3, 'D': 4, 'E': 5, 'F': 6, 'G': 7, 'H': 8, 'J': 1, 'K': 2, 'L': 3, 'M': 4, 'N': 5, 'P': 7, 'R': 9,
	'S': 2, 'T': 3, 'U': 4, 'V': 5, 'W': 6, 'X': 7, 'Y': 8, 'Z': 9,
	'0': 0, '1': 1, '2': 2, '3': 3, '4': 4, '5': 5, '6': 6, '7': 7, '8': 8, '9': 9,
}

var vinWeight = [17]int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2}

var (
	errVINLength = errors.New("a VIN has 17 characters")
	errVINLetter = errors.New("a VIN holds only letters other than I, O, Q and digits")
	errVINCheck  = errors.New("the check digit does not fit: the VIN is mistyped")
)

// readVIN returns the VIN in capitals. The letters I, O and Q, which no VIN has,
// are read as 1 and 0 where the check digit then agrees; corrected tells so.
// Cars made for other markets carry no check digit, so a VIN that needs no
// correction is not refused for it.
func readVIN(raw string) (vin string, corrected bool, err error) {
	vin = strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "*", "").Replace(raw))
	if len(vin) != 17 {
		return "", false, errVINLength
	}
	fixed := strings.NewReplacer("I", "1", "O", "0", "Q", "0").Replace(vin)
	corrected = fixed != vin
	sum := 0
	for i := range len(fixed) {
		v, ok := vinValue[fixed[i]]
		if !ok {
			return "", false, errVINLetter
		}
		sum += v * vinWeight[i]
	}
	check := byte('0' + sum%11)
	if sum%11 == 10 {
		check = 'X'
	}
	if corrected && fixed[8] != check {
		return "", false, errVINCheck
	}
	return fixed, corrected, nil
}

// readYear understands 2015 and 15.
func readYear(raw string, thisYear int) (int, error) {
	raw = strings.TrimSuffix(raw, ".0")
	year, err := strconv.Atoi(strings.TrimPrefix(raw, "'"))
	if err != nil {
		return 0, errors.New("this is not a model year")
	}
	if year >= 0 && year < 100 {
		year += 2000
		if year > thisYear+2 {
			year -= 100
		}
	}
	if year < 1900 || year > thisYear+2 {
		return 0, errors.New("this is not a model year")
	}
	return year, nil
}

// splitVehicle takes "2015 Honda Civic LX" apart.
func splitVehicle(text string, thisYear int) (year int, makeName, model string) {
	words := strings.Fields(text)
	if len(words) > 0 {
		if y, err := readYear(words[0], thisYear); err == nil {
			year, words = y, words[1:]
		}
	}
	if len(words) == 0 {
		return year, "", ""
	}
	return year, words[0], strings.Join(words[1:], " ")
}
