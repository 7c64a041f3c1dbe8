import React from 'react';

/**
 * Shows what went wrong in place of a part that cannot be drawn.
 *
 * Runs hold whatever users and libraries put there; without this, one odd output would blank the
 * whole tab.
 */
export class Boundary extends React.Component<
  { children: React.ReactNode },
  { error: Error | null }
> {
  state = { error: null as Error | null };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  componentDidCatch(error: Error): void {
    console.error('mltrack: this part cannot be shown', error);
  }

  render(): React.ReactNode {
    const { error } = this.state;
    return error ? (
      <p className="jp-mltrack-Error">{String(error.message)}</p>
    ) : (
      this.props.children
    );
  }
}
