import { Reply } from './message.ts'

/**
 * A reply that is not sent: a replica that comes by it over HTTP closes the connection instead. Where there is no
 * connection of its own to close (a channel) or something further out changed the reply, it is what its status says.
 */
export class DroppedReply extends Reply {
  constructor(reply: Reply) {
    super(reply.status, reply.headers, reply.body, reply.replica, reply.timing)
  }
}
