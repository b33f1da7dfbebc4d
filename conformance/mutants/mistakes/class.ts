/** Mistakes about GatewayClasses (api.md §2): the name of the switch, and what an implementer got wrong. */
export const classMistakes = {
  'foreign-class-touched': 'Reconciles every GatewayClass, whatever controllerName it carries.',
  'parameters-of-any-kind': 'Looks at the name in parametersRef and not at group and kind.',
  'parameters-need-not-exist': 'Accepts a class whose EgressClass does not exist.',
  'class-reason-invalid': 'Invents a reason, Invalid, where upstream has InvalidParameters.',
  'supported-version-missing': 'Never says SupportedVersion.',
  'features-missing': 'Accepts the class without telling its supportedFeatures.',
  'features-unsorted': 'Writes supportedFeatures in the order of its source code.',
  'class-finalizer-missing': 'Lets a class be deleted while Gateways use it.',
  'class-finalizer-never-removed': 'Forgets to take its finalizer off when the last Gateway is gone.',
  'only-first-class-served': 'Serves the class that it installed itself, and no other one with its controllerName.',
} as const;
