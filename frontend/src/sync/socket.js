/** The browser's WebSocket, reduced to what the client needs, so that tests can bring their own. */

/**
 * @typedef {{opened: () => void, received: (text: string) => void, closed: (code: number, reason: string) => void}} SocketEvents
 * @typedef {{send: (text: string) => void, close: () => void}} Socket after `close()` no event comes any more
 * @typedef {(url: string, events: SocketEvents) => Socket} Connect
 */

/**
 * @param {typeof WebSocket} Constructor
 * @returns {Connect}
 */
export function webSocketConnect(Constructor) {
  return (url, events) => {
    const socket = new Constructor(url);
    let isDone = false;
    socket.onopen = () => isDone || events.opened();
    socket.onmessage = ({ data }) => {
      if (!isDone && typeof data === 'string') events.received(data);
    };
    socket.onclose = ({ code, reason }) => {
      if (!isDone) events.closed(code, reason);
      isDone = true;
    };
    return {
      send: (text) => {
        if (socket.readyState === Constructor.OPEN) socket.send(text);
      },
      close: () => {
        isDone = true;
        socket.close(1000);
      },
    };
  };
}
