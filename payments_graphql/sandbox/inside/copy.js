// Makes the Copy buttons work. A page that isn't on this machine's own address has no clipboard:
// the text is then selected, ready for Ctrl-C.
for (const box of document.querySelectorAll(".copy")) {
  const [input, button] = box.children;
  button.hidden = false;
  button.setAttribute("aria-label", `Copy: ${input.getAttribute("aria-label")}`);
  input.addEventListener("focus", () => input.select());
  button.addEventListener("click", async () => {
    input.select();
    try {
      await navigator.clipboard.writeText(input.value);
      button.textContent = "Copied";
      button.setAttribute("aria-label", "Copied");
    } catch {
      button.textContent = "Selected";
    }
  });
}
