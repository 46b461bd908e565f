using System.Numerics;

namespace Bailiwick.Grains.Abstractions.Access;

/// <summary>A set of authorities. It is one word, so that a decision costs one mask.</summary>
[GenerateSerializer, Immutable, Alias("AuthoritySet")]
public readonly record struct AuthoritySet([property: Id(0)] ulong Bits)
{
    public static readonly AuthoritySet Empty = new(0);

    public static AuthoritySet Of(params ReadOnlySpan<Authority> authorities)
    {
        var bits = 0ul;
        foreach (var authority in authorities) bits |= 1ul << (int)authority;
        return new AuthoritySet(bits);
    }

    public bool Contains(Authority authority) => (Bits >> (int)authority & 1) != 0;

    public bool Intersects(AuthoritySet other) => (Bits & other.Bits) != 0;

    public bool Covers(AuthoritySet other) => (other.Bits & ~Bits) == 0;

    public int Count => BitOperations.PopCount(Bits);

    public AuthoritySet With(Authority authority) => new(Bits | 1ul << (int)authority);

    public AuthoritySet Without(Authority authority) => new(Bits & ~(1ul << (int)authority));

    public static AuthoritySet operator |(AuthoritySet left, AuthoritySet right) => new(left.Bits | right.Bits);

    public static AuthoritySet BitwiseOr(AuthoritySet left, AuthoritySet right) => left | right;

    public static AuthoritySet operator &(AuthoritySet left, AuthoritySet right) => new(left.Bits & right.Bits);

    public static AuthoritySet BitwiseAnd(AuthoritySet left, AuthoritySet right) => left & right;

    /// <summary>The members in the order of their numbers.</summary>
    public IEnumerable<Authority> Members()
    {
        for (var rest = Bits; rest != 0; rest &= rest - 1)
            yield return (Authority)BitOperations.TrailingZeroCount(rest);
    }
}
