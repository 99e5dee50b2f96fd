// Frames in the page, with documents from the sandbox's origin.

// A frame and a private channel to it. No other page can use the channel, and the shop's page can
// read only what the frame sends.
class Frame {
  constructor(container, file, title, greeting, onMessage) {
    const channel = new MessageChannel();
    this.port = channel.port1;
    this.answers = new Map();
    this.asked = 0;
    this.port.onmessage = ({ data }) => {
      if (data.reply === undefined) return onMessage(data);
      this.answers.get(data.reply)(data.result);
      this.answers.delete(data.reply);
    };
    this.node = document.createElement("iframe");
    this.node.src = `${SANDBOX}/v3/${file}`;
    this.node.title = title;
    // A Content-Security-Policy may forbid style attributes, but not these assignments.
    Object.assign(this.node.style, { border: "0", display: "block", width: "100%" });
    const greet = () => this.node.contentWindow.postMessage(greeting, SANDBOX, [channel.port2]);
    this.node.addEventListener("load", greet, { once: true });
    container.append(this.node);
  }

  tell(message) {
    this.port.postMessage(message);
  }

  ask(message) {
    this.asked += 1;
    this.port.postMessage({ ...message, ask: this.asked });
    return new Promise((resolve) => this.answers.set(this.asked, resolve));
  }

  close() {
    this.port.close();
    this.node.remove();
  }
}

// A mistake in the page's code, not by the customer: thrown, never a result.
class IntegrationError extends Error {
  constructor(message) {
    super(message);
    this.name = "IntegrationError";
  }
}
