// SPDX-License-Identifier: Apache-2.0

// Knows no sockets: all of package net is the plugin's, with its own way to the kernel: alone PLUGIN.
package main

import (
	"os"
	"plugin"
)

func main() {
	p, err := plugin.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	serve, _ := p.Lookup("Serve")
	serve.(func())()
}
