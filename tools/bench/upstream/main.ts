// The mock upstream's process: a model provider and a tool server on one port of the loopback interface.

import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { HttpReader } from '../wire/http-reader.ts';
import { CHAT_REPLY, jsonReply, streamChat } from './chat.ts';
import { answerMcp } from './mcp.ts';

const ACCEPTED = 'HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n';

const server = createServer((socket) => {
  socket.setNoDelay(true);
  const reader = new HttpReader((head, body) => answer(socket, head, body));
  socket.on('data', (chunk: Buffer) => reader.push(chunk));
  socket.on('error', () => socket.destroy());
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));

function answer(socket: Socket, head: string, body: Buffer): void {
  if (head.startsWith('POST /mcp')) {
    const text = answerMcp(body);
    socket.write(text === undefined ? ACCEPTED : jsonReply(text));
  } else if (body.includes('"stream":true')) streamChat(socket);
  else socket.write(CHAT_REPLY);
}
