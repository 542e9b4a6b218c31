// What the nodes of the Moleculer system share: a broker over Moleculer's own TCP transporter.

/**
 * Options of a broker. `ports` says where the nodes of this run listen, as `gateway=<port>,data=<port>,cache=<port>`: given
 * so, the nodes need no discovery by UDP.
 */
export function brokerOptions(nodeID, ports) {
  const urls = ports.split(',').map(text => {
    const [name, port] = text.split('=')
    return `127.0.0.1:${port}/${name}`
  })
  const port = Number(
    ports
      .split(',')
      .find(text => text.startsWith(`${nodeID}=`))
      ?.split('=')[1],
  )
  return { nodeID, logger: false, transporter: { type: 'TCP', options: { udpDiscovery: false, port, urls } } }
}
