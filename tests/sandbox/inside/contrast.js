// Returns the texts whose contrast with their background is below 4.5, as WCAG computes it.
() => {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => {
    for (let node = element; node; node = node.parentElement) {
      const found = channels(getComputedStyle(node).backgroundColor);
      if (found.length < 4 || found[3] === 1) return found;
    }
    return channels(getComputedStyle(document.documentElement).backgroundColor);
  };
  const ratio = (first, second) => {
    const [light, dark] = [luminance(first), luminance(second)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const checked = [];
  const failed = [];
  const check = (element, text, style) => {
    checked.push(text);
    const found = ratio(channels(style.color), background(element));
    if (found < 4.5) failed.push(`${text.trim().slice(0, 40)}: ${found.toFixed(2)}`);
  };
  for (const element of document.body.querySelectorAll("*")) {
    for (const node of element.childNodes) {
      if (node.nodeType === Node.TEXT_NODE && node.data.trim()) {
        check(element, node.data, getComputedStyle(element));
      }
    }
    if (element.matches("input, select")) check(element, "its value", getComputedStyle(element));
    if (element.placeholder) check(element, element.placeholder, getComputedStyle(element, "::placeholder"));
    const label = getComputedStyle(element, "::before");
    if (element.matches("td") && label.content !== "none") check(element, label.content, label);
  }
  return { count: checked.length, failed };
}
