export function mount(section: HTMLElement): void {
  section.hidden = true;
}
