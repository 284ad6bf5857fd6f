package tone

import "testing"

func BenchmarkCheck(b *testing.B) {
	email := Text{
		Channel: "email", Locale: "en", Class: "marketing", ShopName: "Oak Auto", Subject: "What we measured on May 12",
		Body: "Hello Bea, Oak Auto here. In March your technician recommended new rear struts because the left one " +
			"was leaking. Your car is still fine to drive, he says, though it may feel softer on bumps. The price is " +
			"$640 and we will keep it at that until June 30. If you want to wait, or have someone else do it, that is " +
			"perfectly all right.",
	}
	Check(email) // compile the rules
	b.ReportAllocs()
	for b.Loop() {
		Check(email)
	}
}
