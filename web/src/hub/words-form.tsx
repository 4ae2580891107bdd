import { Button, Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useWrite } from '../api/use-write.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';

/** A few words to somebody, and the button that sends them. */
export function WordsForm({
  path,
  label,
  action,
  variant = 'default',
}: {
  readonly path: string;
  readonly label: string;
  readonly action: string;
  readonly variant?: 'default' | 'filled';
}) {
  const [text, setText] = useState('');
  const send = useWrite(['access-requests', 'permits'], () => setText(''));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send.mutate({ path, body: { text } });
  };
  return (
    <form onSubmit={submit}>
      <Textarea
        label={label}
        required
        autosize
        minRows={2}
        maxLength={2000}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      <Button type="submit" variant={variant} mt="sm" loading={send.isPending}>
        {action}
      </Button>
      {send.error === null ? null : <ProblemNotice error={send.error} />}
    </form>
  );
}
