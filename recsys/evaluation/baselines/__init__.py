"""What LightGCN has to beat: Popularity, Item-KNN and EASE, one file each."""
