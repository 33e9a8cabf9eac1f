"""Page Map: the embeddings of all titles as a picture, with measures of its faithfulness."""
