import { Anchor, type AnchorProps, Button, type ButtonProps, NavLink, type NavLinkProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentPropsWithRef } from 'react';

// Mantine's components take any element; the router needs to know that here they are <a>.
type OfAnchor<Props> = Props & Omit<ComponentPropsWithRef<'a'>, keyof Props>;

const PlainAnchor = (props: OfAnchor<AnchorProps>) => <Anchor {...props} />;
const PlainButton = (props: OfAnchor<ButtonProps>) => <Button component="a" {...props} />;
const PlainNavLink = (props: OfAnchor<NavLinkProps>) => <NavLink component="a" {...props} />;

/** A link inside the portal. */
export const TextLink = createLink(PlainAnchor);

/** A link inside the portal that looks like a button. */
export const ButtonLink = createLink(PlainButton);

/** A link of the navigation. */
export const NavigationLink = createLink(PlainNavLink);
