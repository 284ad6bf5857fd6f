package config

import (
	"maps"
	"slices"
)

// checkImports completes and checks the import profiles. In an installation
// with one shop, files that name none are of that shop.
func (c *Config) checkImports(k *checker) {
	for _, name := range slices.Sorted(maps.Keys(c.Imports)) {
		key := join("imports", name)
		profile := c.Imports[name]
		if profile.Shop == "" && len(c.Shops) == 1 {
			profile.Shop = c.Shops[0].ID
			c.Imports[name] = profile
		}
		if _, known := c.Shop(profile.Shop); profile.Shop != "" && !known {
			k.errorf(join(key, "shop"), "there is no shop %q in shops", profile.Shop)
		}
		if _, err := profile.Resolve(); err != nil {
			for _, err := range separate(err) {
				k.errorAt(k.place(key), key, "%v", err)
			}
		}
	}
}

// separate returns the errors that errors.Join has joined.
func separate(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
