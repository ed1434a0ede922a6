import { Component, type ReactNode } from 'react';
import { useShellWords } from './words';

/** Keeps the navigation when a page breaks. */
export class Boundary extends Component<{ children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render() {
    return this.state.isBroken ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const say = useShellWords();
  return (
    <div className="state" role="alert">
      <strong>{say('broken')}</strong>
      <button type="button" className="button" onClick={() => window.location.reload()}>
        {say('reload')}
      </button>
    </div>
  );
}
