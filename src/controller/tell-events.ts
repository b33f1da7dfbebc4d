import type { EgressPlan, PlannedEvent } from '../compile/egress-plan.ts';
import type { EventRecorder } from '../kube/events.ts';

/** A plan repeats its events until the statuses that tell the same are written: each is told once while it is repeated. */
export function tellOnce(recorder: Pick<EventRecorder, 'emit'>): (events: EgressPlan['events']) => void {
  let told: ReadonlySet<string> = new Set();
  return (events) => {
    const keys = new Set<string>();
    for (const event of events) {
      const key = JSON.stringify([event.regarding.uid, event.type, event.reason, event.note]);
      if (!told.has(key) && !keys.has(key)) emit(recorder, event);
      keys.add(key);
    }
    told = keys;
  };
}

function emit(recorder: Pick<EventRecorder, 'emit'>, { regarding, type, reason, note }: PlannedEvent): void {
  const apiVersion = regarding.kind.startsWith('Gateway') ? 'gateway.networking.k8s.io/v1' : 'sallyport.dev/v1alpha1';
  recorder.emit({ regarding: { ...regarding, apiVersion }, type, reason, action: 'Reconcile', note });
}
