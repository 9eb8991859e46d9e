package org.imagesynset.query.lucene.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Random;
import java.util.TreeMap;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.FeatureField;
import org.apache.lucene.document.FloatDocValuesField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.DoubleValues;
import org.apache.lucene.search.DoubleValuesSource;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.util.IOUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The largest values of blocks against those of plain Java. */
class BlockMaximaTests {
    private static final int DOCUMENTS = 5000;

    private final Random random = new Random(3);
    private final ByteBuffersDirectory directory = new ByteBuffersDirectory();
    private final TreeMap<Integer, Float> values = new TreeMap<>();
    private DirectoryReader reader;
    private LeafReader segment;

    @BeforeEach
    void index() throws IOException {
        try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
            for (int number = 0; number < DOCUMENTS; number++) {
                Document document = new Document();
                // runs with and without the feature
                if (number / 700 % 3 != 1 && random.nextInt(4) > 0) {
                    float value = random.nextFloat(0.9f, 1);
                    values.put(number, value);
                    document.add(new FeatureField("vector", "cat", value));
                    document.add(new FloatDocValuesField("score", value));
                }
                writer.addDocument(document);
            }
            writer.forceMerge(1);
        }
        reader = DirectoryReader.open(directory);
        segment = reader.leaves().get(0).reader();
    }

    @AfterEach
    void close() throws IOException {
        IOUtils.close(reader, directory);
    }

    private BlockMaxima maxima(DoubleValues scores) throws IOException {
        return BlockMaxima.of(postings(), scores);
    }

    private PostingsEnum postings() throws IOException {
        return segment.postings(new Term("vector", "cat"), PostingsEnum.FREQS);
    }

    private DoubleValues scores() throws IOException {
        return DoubleValuesSource.fromFloatField("score").getValues(reader.leaves().get(0), null);
    }

    @Test
    void eachBlockHasTheLargestOfItsDocuments() throws IOException {
        BlockMaxima maxima = maxima(scores());
        assertEquals((values.size() + 127) / 128, maxima.count());
        int documents = 0;
        for (int block = 0; block < maxima.count(); block++) {
            var inside = values.subMap(maxima.first(block), true, maxima.last(block), true);
            float largest = inside.values().stream().max(Float::compare).orElseThrow();
            assertEquals(largest, maxima.largest(block), 1e-6f);
            assertTrue(maxima.largest(block) >= largest);
            documents += inside.size();
        }
        assertEquals(values.size(), documents);
        float largest = values.values().stream().max(Float::compare).orElseThrow();
        assertEquals(largest, maxima.largest(), 1e-6f);
    }

    @Test
    void aBlockIsFoundFromAnyOther() throws IOException {
        BlockMaxima maxima = maxima(scores());
        for (int round = 0; round < 2000; round++) {
            int doc = random.nextInt(DOCUMENTS + 10);
            int block = maxima.blockOf(doc, random.nextInt(maxima.count() + 1));
            if (values.ceilingKey(doc) == null) {
                assertEquals(maxima.count(), block);
                assertEquals(DocIdSetIterator.NO_MORE_DOCS, maxima.last(block));
            } else {
                int next = values.ceilingKey(doc);
                assertTrue(maxima.first(block) <= next && next <= maxima.last(block));
            }
        }
    }

    /** What was read for a user from whom a field is hidden is kept for those who may see it. */
    @Test
    void documentsWithoutValuesCountAsTheMostTheyCanHave() throws IOException {
        BlockMaxima visible = maxima(scores());
        BlockMaxima hidden = maxima(DoubleValues.EMPTY);
        for (int block = 0; block < visible.count(); block++) {
            assertTrue(hidden.largest(block) >= visible.largest(block));
            assertEquals(visible.largest(block), hidden.largest(block), 0.005f);
        }
    }

    @Test
    void aSegmentIsReadOnce() throws IOException {
        PerSegment<BlockMaxima> known = new PerSegment<>();
        BlockMaxima first = known.of(segment, "cat", () -> maxima(scores()));
        assertSame(first, known.of(segment, "cat", () -> maxima(scores())));
        assertTrue(first != known.of(segment, "dog", () -> maxima(scores())));
    }
}
