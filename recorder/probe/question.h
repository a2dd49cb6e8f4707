// The questions of this program, by group. recorder/questions/ has their texts and what the contract expects.
#pragma once

#include <string>
#include <vector>

namespace recorder {

struct Question {
  const char* id;
  // Runs on a thread without COM, in a process of its own. Throws Failure.
  void (*ask)(const std::wstring& argument);
};

std::vector<Question> EnablingQuestions();
std::vector<Question> CancelObjectQuestions();
std::vector<Question> StackQuestions();
std::vector<Question> CancelingQuestions();
std::vector<Question> TimeoutQuestions();
std::vector<Question> ResultQuestions();
std::vector<Question> ServerQuestions();
std::vector<Question> WaitingQuestions();
std::vector<Question> LifetimeQuestions();
std::vector<Question> ActivationQuestions();

}  // namespace recorder
