import { appNames, environmentOf } from './settings-rules.mjs';
import { named, nameOf, ofKind, podLabelsOf, selects, unless } from './workloads.mjs';

/** A gateway pings each connection every 25 s; a proxy that waits for less than two of them would cut living ones. */
const LEAST_TIMEOUT_SECONDS = 2 * 25;
const nginx = 'nginx.ingress.kubernetes.io/';

/** Each host has TLS, and plain HTTP leads there. */
export const hostsHaveTls = (objects) =>
  ofKind(objects, 'Ingress').flatMap((ingress) => {
    const { rules, tls = [], defaultBackend } = ingress.spec;
    const secured = tls.filter(({ secretName }) => secretName).flatMap(({ hosts = [] }) => hosts);
    return [
      ...unless(!defaultBackend, 'leads hosts to the gateways that it does not name'),
      ...rules.flatMap(({ host }) => unless(host && secured.includes(host), `${host} has no TLS`)),
      ...secured
        .filter((host) => !rules.some((rule) => rule.host === host))
        .map((host) => `${host} has TLS and no rule`),
      ...unless(
        ingress.metadata.annotations[`${nginx}ssl-redirect`] === 'true',
        'takes sign-ins without TLS',
      ),
    ].map((fault) => `${nameOf(ingress)}: ${fault}`);
  });

/** WebSockets live as long as the gateway pings them, and a full gateway's request goes to the next one. */
export const webSocketsLive = (objects) =>
  ofKind(objects, 'Ingress').flatMap((ingress) => {
    const value = (name) => ingress.metadata.annotations[`${nginx}${name}`] ?? '';
    return [
      ...['proxy-read-timeout', 'proxy-send-timeout'].flatMap((name) =>
        unless(Number(value(name)) >= LEAST_TIMEOUT_SECONDS, `${name} is shorter than two pings`),
      ),
      ...unless(value('proxy-next-upstream').split(' ').includes('http_503'), 'does not try again after 503'),
      ...unless(Number(value('proxy-next-upstream-tries')) > 1, 'tries once'),
    ].map((fault) => `${nameOf(ingress)}: ${fault}`);
  });

/** Only the gateways are public, and of them only the port for clients: a path that is refused can be written in many ways. */
export const onlyClientsPortIsPublic = (objects) =>
  ofKind(objects, 'Ingress').flatMap((ingress) =>
    ingress.spec.rules.flatMap(({ host, http }) =>
      http.paths.flatMap(({ path, backend: { service } }) =>
        unless(
          service.name === 'gateway' && service.port.name === 'http',
          `${nameOf(ingress)}: ${host}${path} leads elsewhere than to the gateways' port for clients`,
        ),
      ),
    ),
  );

/** The gateways believe in X-Forwarded-For exactly when a proxy in front writes it. */
export const forwardedIsTrusted = (objects) => {
  const trusts = environmentOf(objects, 'gateway').TRUST_PROXY === 'true';
  const isFronted = ofKind(objects, 'Ingress').length > 0;
  return unless(trusts === isFronted, `the gateways ${trusts ? 'trust' : 'do not trust'} X-Forwarded-For`);
};

/** Where policies close the gateways, the namespace of the Ingress's controller is let in, on the port of the gateways. */
export const controllerReachesGateways = (objects) =>
  ofKind(objects, 'Ingress').flatMap((ingress) => {
    const gateway = named(objects, 'Deployment', 'gateway');
    const policies = ofKind(objects, 'NetworkPolicy').filter(({ spec }) =>
      selects(spec.podSelector, podLabelsOf(gateway)),
    );
    const controller = `ingress-${ingress.spec.ingressClassName}`;
    const admits = ({ from = [], ports = [] }) =>
      from.some(
        ({ namespaceSelector }) =>
          namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'] === controller,
      ) && ports.some(({ port }) => port === 'http');
    const isOpen = policies.length === 0 || policies.some(({ spec }) => (spec.ingress ?? []).some(admits));
    return unless(isOpen, `${nameOf(ingress)}: ${controller} does not reach the gateways`);
  });

/** The services that an Ingress must never lead to. */
export const servicesAreInternal = (objects) =>
  ofKind(objects, 'Service').flatMap(({ metadata, spec }) =>
    unless(
      (spec.type ?? 'ClusterIP') === 'ClusterIP' && !spec.externalIPs,
      `Service ${metadata.name} is open to outside${appNames.includes(metadata.name) ? '' : ' the cluster'}`,
    ),
  );
