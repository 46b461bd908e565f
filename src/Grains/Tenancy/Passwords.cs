using System.Security.Cryptography;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Grains.Tenancy;

/// <summary>Rules for passwords that people choose, and the making of those that nobody chooses.</summary>
internal static class Passwords
{
    // Nothing that is read as something else (l and 1, O and 0). 31 letters and digits: 28 of them carry 138 bits.
    private const string MadeFrom = "abcdefghijkmnpqrstuvwxyz2345679";
    private const string Symbols = "`~!@#$%^&*()_|+-=?;:'\",.<>{}[]\\/";

    public static string Make() => RandomNumberGenerator.GetString(MadeFrom, Limits.PasswordMadeChars);

    /// <exception cref="Refusal">Invalid: too short, too long, or holding what the interface does not allow.</exception>
    public static void Require(string? password)
    {
        if (string.IsNullOrEmpty(password)) throw Refusal.Missing("password");
        if (password.Length is < Limits.PasswordCharsMin or > Limits.PasswordCharsMax)
            throw Refusal.Invalid("users", $"The password must have at least {Limits.PasswordCharsMin} and at most {Limits.PasswordCharsMax} characters.");
        foreach (var c in password)
            if (c > 'ÿ' || char.IsControl(c))
                throw Refusal.Invalid("users", "The password must hold Latin-1 characters only.");
    }

    /// <summary>Green has all four kinds of character, yellow three; the length of each is what <see cref="Require"/> demands.</summary>
    public static PasswordStrength Rate(string password)
    {
        var kinds = 0;
        if (password.Any(char.IsUpper)) kinds++;
        if (password.Any(char.IsLower)) kinds++;
        if (password.Any(char.IsAsciiDigit)) kinds++;
        if (password.Any(c => Symbols.Contains(c, StringComparison.Ordinal))) kinds++;
        return kinds switch { 4 => PasswordStrength.Green, 3 => PasswordStrength.Yellow, _ => PasswordStrength.Red };
    }
}
