// SPDX-License-Identifier: Apache-2.0
// The part of opened.cjs that is a module.
import net from 'node:net';

export class Client {
  connect(port, say, frames) {
    const here = new Error(), socket = net.connect(port, '127.0.0.1');
    say(socket, frames(here));
  }
}

export const openFromModule = (port, say, frames) => new Client().connect(port, say, frames);
