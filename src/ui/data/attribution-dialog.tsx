import { Info } from 'lucide-react';
import { useState } from 'react';
import type { PictureSet } from '../../data/picture-set';
import { Button } from '../controls/button';
import { ScrollBox } from '../controls/scroll-box';
import { ModalDialog } from '../frame/modal-dialog';
import styles from './data.module.css';

/** Where the sample pictures are from, picture by picture. */
export function AttributionDialog({ pictures }: { readonly pictures: PictureSet }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button look="quiet" onClick={() => setOpen(true)}>
        <Info aria-hidden="true" size={14} />
        Attribution
      </Button>
      {open && (
        <ModalDialog title="Where the sample pictures are from" onClose={() => setOpen(false)}>
          <ScrollBox className={styles.attributions} label="List of pictures">
            <table aria-label="Attribution">
              <thead>
                <tr>
                  <th scope="col">Picture</th>
                  <th scope="col">Licence</th>
                  <th scope="col">Author</th>
                </tr>
              </thead>
              <tbody>
                {pictures.pictures.map(({ id, name, classIndex, attribution }) => (
                  <tr key={id}>
                    <th scope="row">
                      {attribution === undefined ? (
                        name
                      ) : (
                        <a href={attribution.source} target="_blank" rel="noreferrer">
                          {pictures.classNames[classIndex]}/{name}
                        </a>
                      )}
                    </th>
                    <td>{attribution?.licence}</td>
                    <td>{attribution?.author}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </ScrollBox>
        </ModalDialog>
      )}
    </>
  );
}
